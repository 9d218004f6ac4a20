import type { Conversation } from "./gen/chat/v1/conversation_pb.js";

/**
 * The fields of a conversation that everybody gets and that need no conversion: texts and flags. Server, client and apps carry them by these names, so that a
 * further one is told by the contract alone.
 */
export type ConversationFacts = Readonly<ReturnType<typeof conversationFacts>>;

/** Leaves out what is converted on its way, and what is the caller's own. */
export function conversationFacts(conversation: Conversation) {
  const { $typeName, $unknown, kind, people, creator, createdAt, version, ...rest } = conversation;
  const { address, joined, memberCount, lastMessage, sortSeq, ...facts } = rest;
  return facts;
}
