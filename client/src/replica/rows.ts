import type { ConversationFacts } from "@chat/proto/conversation-facts";
import type { ChatMember, ChatMessage, ChatUser } from "../types.ts";

/** A person as they now stand. */
export interface UserRow {
  readonly id: number;
  readonly version: number;
  readonly user: ChatUser;
}

/**
 * A conversation as it now stands, the same for everybody; what is shown of it is a selector over this and the people. The name is without "#", and empty for
 * a direct conversation.
 */
export interface ConversationRow extends ConversationFacts {
  readonly kind: "direct" | "room";
  readonly people: readonly number[];
  readonly creator?: number;
  readonly version: number;
  /** How the caller stands to it; has no version. Absent where the server did not say. */
  readonly own?: OwnPlace;
  readonly lastMessage?: ChatMessage;
}

/** How the caller stands to a conversation, at the time of an answer. */
export interface OwnPlace {
  readonly address: string;
  readonly joined: boolean;
  readonly memberCount: number;
  readonly sortSeq: number;
}

/** A person's place in a room. */
export interface MemberRow {
  readonly member: ChatMember;
  /** How many are in the room since this change; absent where the server does not say. */
  readonly memberCount?: number;
}
