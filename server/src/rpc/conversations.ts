import { create, toBinary } from "@bufbuild/protobuf";
import {
  type GetConversationRequest,
  GetConversationResponseSchema,
  type ListConversationsRequest,
  ListConversationsResponseSchema,
} from "@chat/proto/chat/v1/chat_service";
import { ConversationKind, ConversationSchema } from "@chat/proto/chat/v1/conversation";
import { directPeople } from "../domain/conversation-id.ts";
import { NO_SUCH_ROOM } from "../domain/refusals.ts";
import type { ConversationEntry, PersonEntry } from "../projection/roster.ts";
import { encodeConversationFor, sortSeqOf } from "../rows/conversation-view.ts";
import { peopleIn } from "../rows/message-row.ts";
import type { EncodedMessage } from "../wire/wire.ts";
import { resolveTarget } from "./addressing.ts";
import type { CallContext, ChatDependencies } from "./chat-dependencies.ts";
import { encodeResponse, encodeUsers } from "./encoded.ts";
import { pageSize, pageToken, placeOf } from "./page-token.ts";
import { refusalError } from "../refusal-error.ts";
import { CHAT, COST, type Serve } from "./serve.ts";

const PAGE_DEFAULT = 100;

/** What is read of conversations. */
export function serveConversations(serve: Serve): void {
  serve(CHAT.listConversations, COST.page, listConversations);
  serve(CHAT.getConversation, COST.light, getConversation);
}

/** The caller's conversations, those with the newest message first. */
export function listConversations(
  deps: ChatDependencies,
  request: ListConversationsRequest,
  caller: CallContext,
): EncodedMessage {
  const person = deps.projection.roster.person(caller.person);
  if (!person) return encodeResponse(ListConversationsResponseSchema, {});
  const limit = pageSize(request.pageSize, PAGE_DEFAULT);
  const before = placeOf(request.pageToken, "number") ?? Infinity;
  const entries = [...person.conversations]
    .filter((entry) => sortSeqOf(entry) < before)
    .sort((one, other) => sortSeqOf(other) - sortSeqOf(one));
  const page = entries.slice(0, limit);
  const last = page.at(-1);
  const people = new Set<number>();
  return encodeResponse(ListConversationsResponseSchema, {
    conversations: page.map((entry) => view(deps, entry, person, people)),
    users: encodeUsers(deps.projection.roster, people),
    nextPageToken: entries.length > limit && last ? pageToken(sortSeqOf(last)) : "",
  });
}

/** One conversation that the caller is in, a room that they may find, or a direct one that has not begun. */
export function getConversation(
  deps: ChatDependencies,
  request: GetConversationRequest,
  caller: CallContext,
): EncodedMessage {
  const { roster } = deps.projection;
  const target = resolveTarget(deps, caller, request.conversation, "conversation");
  const person = roster.person(caller.person);
  const entry = roster.conversation(target.id);
  const people = new Set<number>();
  if (entry && person) {
    const conversation = view(deps, entry, person, people);
    return encodeResponse(GetConversationResponseSchema, { conversation, users: encodeUsers(roster, people) });
  }
  if (target.kind === "room") throw refusalError(NO_SUCH_ROOM, request.conversation);
  const both = [...new Set(directPeople(target.id) ?? [])];
  const conversation = toBinary(
    ConversationSchema,
    create(ConversationSchema, {
      id: target.id,
      kind: ConversationKind.DIRECT,
      people: both.map(BigInt),
      address: target.peer.handle === "" ? target.id : `@${target.peer.handle}`,
      joined: true,
      memberCount: both.length,
    }),
  );
  return encodeResponse(GetConversationResponseSchema, { conversation, users: encodeUsers(roster, both) });
}

/** A conversation with its newest message, where the viewer may read that. @param people gets those it refers to; where the answer brings none, absent */
export function view(
  deps: ChatDependencies,
  entry: ConversationEntry,
  viewer: PersonEntry,
  people?: Set<number>,
): Uint8Array {
  const { roster, messages } = deps.projection;
  // A room's messages are for its members.
  const mayRead = entry.members.has(viewer) && entry.lastMessageSeq > 0;
  const lastMessage = mayRead ? messages.stored(entry.lastMessageSeq) : undefined;
  if (people) for (const id of [...entry.row.people, ...(lastMessage ? peopleIn(lastMessage) : [])]) people.add(id);
  return encodeConversationFor(entry, viewer, { roster, lastMessage: lastMessage?.body });
}
