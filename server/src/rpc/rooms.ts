import { create } from "@bufbuild/protobuf";
import {
  type CreateRoomRequest,
  CreateRoomResponseSchema,
  type JoinRoomRequest,
  JoinRoomResponseSchema,
  type LeaveRoomRequest,
  type LeaveRoomResponse,
  LeaveRoomResponseSchema,
  type ListMembersRequest,
  ListMembersResponseSchema,
  type ListRoomsRequest,
  ListRoomsResponseSchema,
  type UpdateRoomRequest,
  UpdateRoomResponseSchema,
} from "@chat/proto/chat/v1/chat_service";
import { roomId } from "../domain/conversation-id.ts";
import { NO_SUCH_ROOM } from "../domain/refusals.ts";
import type { ConversationEntry } from "../projection/roster.ts";
import { encodeMember } from "../rows/other-rows.ts";
import type { EncodedMessage } from "../wire/wire.ts";
import { resolveRoom } from "./addressing.ts";
import type { CallContext, ChatDependencies } from "./chat-dependencies.ts";
import { view } from "./conversations.ts";
import { encodeResponse, encodeUsers } from "./encoded.ts";
import { pageSize, pageToken, placeOf } from "./page-token.ts";
import { propose } from "./propose.ts";
import { refusalError } from "../refusal-error.ts";
import { CHAT, COST, type Serve } from "./serve.ts";

const PAGE_DEFAULT = 100;

/** Rooms: what one does with them, and what is read of them. */
export function serveRooms(serve: Serve): void {
  serve(CHAT.createRoom, COST.room, createRoom);
  serve(CHAT.updateRoom, COST.write, updateRoom);
  serve(CHAT.joinRoom, COST.write, joinRoom);
  serve(CHAT.leaveRoom, COST.write, leaveRoom);
  serve(CHAT.listRooms, COST.search, listRooms);
  serve(CHAT.listMembers, COST.search, listMembers);
}

/** Makes a public room with the caller in it. The first to take a name has it. */
export async function createRoom(
  deps: ChatDependencies,
  request: CreateRoomRequest,
  caller: CallContext,
): Promise<EncodedMessage> {
  const name = withoutHash(request.name);
  const { seq } = await propose(
    deps,
    caller,
    "",
    { case: "roomCreated", value: { name, title: request.title.trim(), topic: request.topic.trim() } },
    { clientId: request.clientId, where: `#${name}` },
  );
  return encodeResponse(CreateRoomResponseSchema, { conversation: roomView(deps, roomId(seq), caller) });
}

/** Changes name, title or topic of a room. */
export async function updateRoom(
  deps: ChatDependencies,
  request: UpdateRoomRequest,
  caller: CallContext,
): Promise<EncodedMessage> {
  const id = resolveRoom(deps, caller, request.room);
  const { name, title, topic } = request;
  const value = {
    ...(name !== undefined && { name: withoutHash(name) }),
    ...(title !== undefined && { title: title.trim() }),
    ...(topic !== undefined && { topic: topic.trim() }),
  };
  await propose(deps, caller, id, { case: "roomChanged", value }, { clientId: request.clientId, where: request.room });
  return encodeResponse(UpdateRoomResponseSchema, { conversation: roomView(deps, id, caller) });
}

/** Joins a public room. Being in it already is as good. */
export async function joinRoom(
  deps: ChatDependencies,
  request: JoinRoomRequest,
  caller: CallContext,
): Promise<EncodedMessage> {
  const id = resolveRoom(deps, caller, request.room);
  const options = { clientId: request.clientId, where: request.room };
  await propose(deps, caller, id, { case: "memberJoined", value: {} }, options);
  return encodeResponse(JoinRoomResponseSchema, { conversation: roomView(deps, id, caller) });
}

/** Leaves a room. Being out of it already is as good. */
export async function leaveRoom(
  deps: ChatDependencies,
  request: LeaveRoomRequest,
  caller: CallContext,
): Promise<LeaveRoomResponse> {
  const id = resolveRoom(deps, caller, request.room);
  const options = { clientId: request.clientId, where: request.room };
  await propose(deps, caller, id, { case: "memberLeft", value: {} }, options);
  return create(LeaveRoomResponseSchema);
}

/** Public rooms by name, those whose name or title contains the query. */
export function listRooms(deps: ChatDependencies, request: ListRoomsRequest, caller: CallContext): EncodedMessage {
  const { roster } = deps.projection;
  const limit = pageSize(request.pageSize, PAGE_DEFAULT);
  const query = withoutHash(request.query.trim().toLowerCase());
  const found: ConversationEntry[] = [];
  for (const room of roster.roomsFrom(placeOf(request.pageToken, "string") ?? "")) {
    if (!room.row.name.includes(query) && !room.row.title.toLowerCase().includes(query)) continue;
    found.push(room);
    if (found.length > limit) break;
  }
  return encodeResponse(ListRoomsResponseSchema, {
    conversations: found.slice(0, limit).map((room) => roomView(deps, room.id, caller)),
    nextPageToken: found.length > limit ? pageToken(found[limit]?.row.name ?? "") : "",
  });
}

/** Who is in a room, by handle. */
export function listMembers(deps: ChatDependencies, request: ListMembersRequest, caller: CallContext): EncodedMessage {
  const { roster } = deps.projection;
  const room = roster.conversation(resolveRoom(deps, caller, request.room));
  if (!room) throw refusalError(NO_SUCH_ROOM, request.room);
  const limit = pageSize(request.pageSize, PAGE_DEFAULT);
  const from = placeOf(request.pageToken, "string") ?? "";
  const members = [...room.members]
    .filter(([{ row }]) => row.handle >= from)
    .sort(([one], [other]) => (one.row.handle < other.row.handle ? -1 : 1));
  const page = members.slice(0, limit);
  return encodeResponse(ListMembersResponseSchema, {
    members: page.map(([person, joinedSeq]) =>
      encodeMember(
        { conversation: room.id, person: person.id, joined: true, joinedSeq },
        roster.memberCount(room, person),
        joinedSeq,
      ),
    ),
    users: encodeUsers(
      roster,
      page.map(([{ id }]) => id),
    ),
    nextPageToken: members.length > limit ? pageToken(members[limit]?.[0].row.handle ?? "") : "",
  });
}

function roomView(deps: ChatDependencies, id: string, caller: CallContext): Uint8Array {
  const { roster } = deps.projection;
  const entry = roster.conversation(id);
  const viewer = roster.person(caller.person);
  if (!entry || !viewer) throw refusalError(NO_SUCH_ROOM, id);
  return view(deps, entry, viewer);
}

function withoutHash(name: string): string {
  return name.startsWith("#") ? name.slice(1) : name;
}
