import { create } from "@bufbuild/protobuf";
import {
  type CreateRoomRequest,
  type CreateRoomResponse,
  CreateRoomResponseSchema,
  type JoinRoomRequest,
  type JoinRoomResponse,
  JoinRoomResponseSchema,
  type LeaveRoomRequest,
  type LeaveRoomResponse,
  LeaveRoomResponseSchema,
  type ListRoomsRequest,
  type ListRoomsResponse,
  ListRoomsResponseSchema,
} from "@chat/proto/chat/v1/chat_service";
import type { Conversation } from "@chat/proto/chat/v1/message";
import { roomId } from "../domain/address.ts";
import type { ConversationEntry } from "../projection/roster.ts";
import type { CallContext, ChatDependencies } from "./chat-dependencies.ts";
import { propose, refusalError } from "./propose.ts";
import { conversationView } from "./view.ts";

const LIST_LIMIT_DEFAULT = 100;

/** Makes a public room with the caller in it. The first to take a name has it. */
export async function createRoom(
  deps: ChatDependencies,
  request: CreateRoomRequest,
  caller: CallContext,
): Promise<CreateRoomResponse> {
  const id = roomIdOf(request.name);
  const proposed = await propose(deps, caller, id, request.clientId, {
    case: "roomCreated",
    value: { title: request.title.trim(), topic: request.topic.trim() },
  });
  if (proposed.kind === "refused") throw refusalError(proposed.refusal, id);
  return create(CreateRoomResponseSchema, { conversation: roomView(deps, id, caller) });
}

/** Joins a public room. Being in it already is as good. */
export async function joinRoom(
  deps: ChatDependencies,
  request: JoinRoomRequest,
  caller: CallContext,
): Promise<JoinRoomResponse> {
  const id = roomIdOf(request.room);
  const proposed = await propose(deps, caller, id, request.clientId, { case: "memberJoined", value: {} });
  if (proposed.kind === "refused" && proposed.refusal !== "already_member") throw refusalError(proposed.refusal, id);
  return create(JoinRoomResponseSchema, { conversation: roomView(deps, id, caller) });
}

/** Leaves a room. Being out of it already is as good. */
export async function leaveRoom(
  deps: ChatDependencies,
  request: LeaveRoomRequest,
  caller: CallContext,
): Promise<LeaveRoomResponse> {
  const id = roomIdOf(request.room);
  const proposed = await propose(deps, caller, id, request.clientId, { case: "memberLeft", value: {} });
  if (proposed.kind === "refused" && proposed.refusal !== "not_a_member") throw refusalError(proposed.refusal, id);
  return create(LeaveRoomResponseSchema);
}

/** Public rooms by name, those whose name or title contains the query. */
export function listRooms(deps: ChatDependencies, request: ListRoomsRequest, caller: CallContext): ListRoomsResponse {
  const limit = request.limit ?? LIST_LIMIT_DEFAULT;
  const query = request.query.toLowerCase();
  const found: ConversationEntry[] = [];
  for (const room of deps.projection.roster.roomsAfter(withoutHash(request.after))) {
    if (!room.id.includes(query) && !room.title.toLowerCase().includes(query)) continue;
    found.push(room);
    if (found.length > limit) break;
  }
  return create(ListRoomsResponseSchema, {
    conversations: found.slice(0, limit).map((room) => conversationView(deps, room, caller.handle)),
    hasMore: found.length > limit,
  });
}

function roomView(deps: ChatDependencies, id: string, caller: CallContext): Conversation {
  const entry = deps.projection.roster.conversation(id);
  if (!entry) throw refusalError("no_such_room", id);
  return conversationView(deps, entry, caller.handle);
}

function roomIdOf(name: string): string {
  return roomId(withoutHash(name));
}

function withoutHash(name: string): string {
  return name.startsWith("#") ? name.slice(1) : name;
}
