import { create } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import {
  Direction,
  type GetMessageRequest,
  GetMessageResponseSchema,
  type ListMessagesRequest,
  ListMessagesResponseSchema,
  type ListMessageVersionsRequest,
  type ListMessageVersionsResponse,
  ListMessageVersionsResponseSchema,
  type ListPinsRequest,
  ListPinsResponseSchema,
} from "@chat/proto/chat/v1/chat_service";
import { mayRead } from "../domain/access.ts";
import { NO_SUCH_MESSAGE, NOT_A_MEMBER } from "../domain/refusals.ts";
import type { MessageRow } from "../domain/rows.ts";
import { ChatError } from "../errors.ts";
import type { HistoryPage, HistoryQuery, HistoryRow } from "../projection/history.ts";
import type { ConversationEntry } from "../projection/roster.ts";
import type { EncodedMessage } from "../wire/wire.ts";
import { resolveTarget } from "./addressing.ts";
import type { CallContext, ChatDependencies } from "./chat-dependencies.ts";
import { encodeResponse, usersOf } from "./encoded.ts";
import { pageSize, pageToken, placeOf } from "./page-token.ts";
import { refusalError } from "../refusal-error.ts";
import { CHAT, COST, type Serve } from "./serve.ts";

const PAGE_DEFAULT = 50;

const DIRECTIONS = {
  [Direction.UNSPECIFIED]: "both",
  [Direction.SENT]: "sent",
  [Direction.RECEIVED]: "received",
  [Direction.BOTH]: "both",
} as const satisfies Record<Direction, HistoryQuery["direction"]>;

/** What is read of messages. */
export function serveMessages(serve: Serve): void {
  serve(CHAT.listMessages, COST.page, listMessages);
  serve(CHAT.listMessageVersions, COST.page, listMessageVersions);
  serve(CHAT.listPins, COST.page, listPins);
  serve(CHAT.getMessage, COST.light, getMessage);
}

/** A page of one conversation, or of everything the caller sent or got. */
export function listMessages(
  deps: ChatDependencies,
  request: ListMessagesRequest,
  caller: CallContext,
): EncodedMessage {
  const { roster } = deps.projection;
  const isOne = request.conversation !== undefined;
  const conversation = isOne ? readable(deps, caller, request.conversation ?? "") : undefined;
  const person = roster.person(caller.person);
  // Nothing was ever said here, or by and to the caller.
  if (!person || (isOne && !conversation)) return encodeResponse(ListMessagesResponseSchema, {});
  const query = {
    person,
    conversation,
    limit: pageSize(request.pageSize, PAGE_DEFAULT),
    direction: DIRECTIONS[request.direction],
    since: request.since && timestampMs(request.since),
  };
  const page =
    request.around === undefined
      ? deps.history.page({ ...query, ...boundsOf(request) })
      : pageAround(deps, query, request);
  const ascending = request.after !== undefined && request.before === undefined;
  const next = ascending ? page.messages.at(-1) : page.messages[0];
  return encodeResponse(ListMessagesResponseSchema, {
    messages: page.messages.map(({ body }) => body),
    users: usersOf(roster, page.messages),
    hasMore: page.hasMore,
    nextPageToken: page.hasMore && next && request.around === undefined ? pageToken(next.seq) : "",
  });
}

/** The bounds of a page: what was asked for, narrowed by where the page before ended. */
function boundsOf(request: ListMessagesRequest): Pick<HistoryQuery, "before" | "after"> {
  const place = placeOf(request.pageToken, "number");
  const before = request.before === undefined ? undefined : Number(request.before);
  const after = request.after === undefined ? undefined : Number(request.after);
  if (place === undefined) return { before, after };
  return after !== undefined && before === undefined ? { before, after: place } : { before: place, after };
}

/** Half of the page before a message, and it with the other half after. `hasMore` is about older ones. */
function pageAround(
  deps: ChatDependencies,
  query: Omit<HistoryQuery, "before" | "after">,
  request: ListMessagesRequest,
): HistoryPage {
  if (request.before !== undefined || request.after !== undefined || request.pageToken !== "") {
    throw new ChatError("invalid_argument", "around goes alone.", {
      details: { fields: [{ field: "around", description: "excludes before, after and page_token" }] },
    });
  }
  const seq = Number(request.around);
  const half = Math.max(1, Math.floor(query.limit / 2));
  const older = deps.history.page({ ...query, limit: half, before: seq, after: undefined });
  const newer = deps.history.page({ ...query, limit: query.limit - half, before: undefined, after: seq - 1 });
  return { messages: [...older.messages, ...newer.messages], hasMore: older.hasMore };
}

/** One message the caller may read. */
export function getMessage(deps: ChatDependencies, request: GetMessageRequest, caller: CallContext): EncodedMessage {
  const { roster, messages } = deps.projection;
  const { seq } = readableMessage(deps, caller, Number(request.seq));
  const message = messages.stored(seq);
  return encodeResponse(GetMessageResponseSchema, {
    message: message?.body,
    users: message && usersOf(roster, [message]),
  });
}

/** The texts that a message had. */
export function listMessageVersions(
  deps: ChatDependencies,
  request: ListMessageVersionsRequest,
  caller: CallContext,
): ListMessageVersionsResponse {
  const { seq } = readableMessage(deps, caller, Number(request.seq));
  const limit = pageSize(request.pageSize, PAGE_DEFAULT);
  const found = deps.history.versions(seq, placeOf(request.pageToken, "number") ?? 0, limit + 1);
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return create(ListMessageVersionsResponseSchema, {
    versions: page.map(({ text, at }) => ({ text, at: timestampFromMs(at) })),
    nextPageToken: found.length > limit && last ? pageToken(last.replacedBy) : "",
  });
}

/** The pinned messages of a conversation. */
export function listPins(deps: ChatDependencies, request: ListPinsRequest, caller: CallContext): EncodedMessage {
  const conversation = readable(deps, caller, request.conversation);
  if (!conversation) return encodeResponse(ListPinsResponseSchema, {});
  const limit = pageSize(request.pageSize, PAGE_DEFAULT);
  const before = placeOf(request.pageToken, "number") ?? Number.MAX_SAFE_INTEGER;
  const found = deps.history.pins(conversation, before, limit + 1);
  const page: readonly HistoryRow[] = found.slice(0, limit);
  const last = page.at(-1);
  return encodeResponse(ListPinsResponseSchema, {
    messages: page.map(({ body }) => body),
    users: usersOf(deps.projection.roster, page),
    nextPageToken: found.length > limit && last ? pageToken(last.seq) : "",
  });
}

/** The conversation at an address; undefined where nothing was said yet. @throws ChatError where the caller may not read it */
function readable(deps: ChatDependencies, caller: CallContext, text: string): ConversationEntry | undefined {
  const { state, roster } = deps.projection;
  const target = resolveTarget(deps, caller, text, "conversation");
  if (!mayRead(state, target.id, caller.person)) throw refusalError(NOT_A_MEMBER, text);
  return roster.conversation(target.id);
}

/** @throws ChatError `not_found` also where the caller may not read it */
function readableMessage(deps: ChatDependencies, caller: CallContext, seq: number): MessageRow {
  const { messages, state } = deps.projection;
  const row = messages.row(seq);
  if (row && mayRead(state, row.conversation, caller.person)) return row;
  throw refusalError(NO_SUCH_MESSAGE, "");
}
