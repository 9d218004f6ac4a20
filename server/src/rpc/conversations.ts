import { create } from "@bufbuild/protobuf";
import {
  type ListConversationsRequest,
  type ListConversationsResponse,
  ListConversationsResponseSchema,
} from "@chat/proto/chat/v1/chat_service";
import type { CallContext, ChatDependencies } from "./chat-dependencies.ts";
import { conversationView } from "./view.ts";

const LIST_LIMIT_DEFAULT = 100;

/** The caller's conversations, newest event first. */
export function listConversations(
  deps: ChatDependencies,
  request: ListConversationsRequest,
  caller: CallContext,
): ListConversationsResponse {
  const limit = request.limit ?? LIST_LIMIT_DEFAULT;
  const before = request.before === undefined ? Infinity : Number(request.before);
  const entries = [...(deps.projection.roster.person(caller.handle)?.conversations ?? [])]
    .filter((entry) => entry.lastSeq < before)
    .sort((one, other) => other.lastSeq - one.lastSeq);
  return create(ListConversationsResponseSchema, {
    conversations: entries.slice(0, limit).map((entry) => conversationView(deps, entry, caller.handle)),
    hasMore: entries.length > limit,
  });
}
