// The rows as apps see them: how something stands now. Of two rows of one thing the one with the larger version is newer.

import type { ConversationFacts } from "@chat/proto/conversation-facts";

export interface ChatUser {
  readonly id: number;
  /** Empty once removed. */
  readonly handle: string;
  /** What to show: the display name, else the handle, else "removed person". */
  readonly displayName: string;
  readonly removed: boolean;
  /** What the name looks like: equal for names that people can hardly tell apart. To compare with others' looks, not to show. */
  readonly nameLook?: string;
  /** The same of the handle. Both absent where the server does not say. */
  readonly handleLook?: string;
}

export interface ChatReaction {
  readonly emoji: string;
  /** Person ids, in the order in which they reacted. */
  readonly people: readonly number[];
}

export interface ChatMessage {
  /** Position in the log: increasing, not contiguous. */
  readonly seq: number;
  /** Conversation id. */
  readonly conversation: string;
  /** Person id. */
  readonly sender: number;
  /** Empty once deleted. */
  readonly text: string;
  /** ms since 1970 */
  readonly sentAt: number;
  readonly clientId: string;
  readonly replyTo?: number;
  /** ms since 1970; absent: never edited. */
  readonly editedAt?: number;
  readonly deleted: boolean;
  readonly reactions: readonly ChatReaction[];
  readonly pinned: boolean;
  /** Of two rows of one message the one with the larger version is newer. */
  readonly version: number;
}

export interface ChatMember {
  /** Conversation id. */
  readonly conversation: string;
  /** Person id. */
  readonly person: number;
  readonly joined: boolean;
  readonly version: number;
}

/** A conversation: what the contract tells everybody of it, and how this person stands to it. Its id never changes. */
export interface ChatConversation extends Omit<ConversationFacts, "name"> {
  readonly kind: "direct" | "room";
  /** What to send to and what stands in URLs: "@handle" or "#name", as they are now. */
  readonly address: string;
  /** What to show: the other person's name, or the room's title, else its name. */
  readonly title: string;
  /** The other person of a direct conversation; oneself in one's own. */
  readonly peer?: ChatUser;
  /** Who created a room: person id. */
  readonly creator?: number;
  readonly lastMessage?: ChatMessage;
  /** What lists are sorted by, largest first. */
  readonly sortSeq: number;
  readonly memberCount: number;
  readonly joined: boolean;
  /**
   * Messages of others that nobody has looked at in this browser or profile since they came. Of those that came while it was closed the
   * newest of each conversation counts alone.
   */
  readonly unseen: number;
  readonly version: number;
}
