import { create } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import {
  Direction,
  type GetMessageRequest,
  type GetMessageResponse,
  GetMessageResponseSchema,
  type ListMessagesRequest,
  type ListMessagesResponse,
  ListMessagesResponseSchema,
} from "@chat/proto/chat/v1/chat_service";
import { directHandles } from "../domain/address.ts";
import { ChatError } from "../errors.ts";
import type { HistoryQuery } from "../projection/history.ts";
import { resolveTarget } from "./addressing.ts";
import type { CallContext, ChatDependencies } from "./chat-dependencies.ts";
import { refusalError } from "./propose.ts";
import { messageView } from "./view.ts";

const LIST_LIMIT_DEFAULT = 50;

/** Stored bytes of a page: it ends with fewer messages than it was asked for where they are long. */
const PAGE_MAX_BYTES = 256 * 1024;

const DIRECTIONS = {
  [Direction.UNSPECIFIED]: "both",
  [Direction.SENT]: "sent",
  [Direction.RECEIVED]: "received",
  [Direction.BOTH]: "both",
} as const satisfies Record<Direction, HistoryQuery["direction"]>;

/** A page of one conversation, or of everything the caller sent or got. */
export function listMessages(
  deps: ChatDependencies,
  request: ListMessagesRequest,
  caller: CallContext,
): ListMessagesResponse {
  const { roster, state } = deps.projection;
  const target =
    request.conversation === undefined ? undefined : resolveTarget(deps, caller, request.conversation, "conversation");
  if (target?.kind === "room" && !state.isMember(target.id, caller.handle))
    throw refusalError("not_a_member", target.id);
  const conversation = target && roster.conversation(target.id);
  const person = roster.person(caller.handle);
  // Nothing was ever said here, or by and to the caller.
  if (!person || (target && !conversation)) return create(ListMessagesResponseSchema);
  const page = deps.history.page({
    person,
    conversation,
    before: request.before === undefined ? undefined : Number(request.before),
    after: request.after === undefined ? undefined : Number(request.after),
    limit: request.limit ?? LIST_LIMIT_DEFAULT,
    maxBytes: PAGE_MAX_BYTES,
    direction: DIRECTIONS[request.direction],
    since: request.since && timestampMs(request.since),
  });
  return create(ListMessagesResponseSchema, {
    messages: page.messages.map(({ seq, event }) => messageView(seq, event)),
    hasMore: page.hasMore,
  });
}

/** One message the caller may read. */
export function getMessage(
  deps: ChatDependencies,
  request: GetMessageRequest,
  caller: CallContext,
): GetMessageResponse {
  const seq = Number(request.seq);
  const event = deps.projection.event(seq);
  const readable =
    event?.kind.case === "messagePosted" &&
    (directHandles(event.conversation)?.includes(caller.handle) ??
      deps.projection.state.isMember(event.conversation, caller.handle));
  if (!readable) throw new ChatError("not_found", `There is no message ${seq}.`);
  return create(GetMessageResponseSchema, { message: messageView(seq, event) });
}
