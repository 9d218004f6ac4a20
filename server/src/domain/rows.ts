import type { ConversationFacts } from "@chat/proto/conversation-facts";

/** A person as the log knows them. */
export interface PersonRow {
  /** seq of the event that added them. */
  readonly id: number;
  /** Empty once removed. */
  readonly handle: string;
  /** Empty: the handle is shown. */
  readonly displayName: string;
  readonly removed: boolean;
  /** Keys of every name that is or was theirs. */
  readonly names: readonly string[];
  /** seqs of the events that carry their names in the clear. */
  readonly sources: readonly number[];
}

/** A name that is taken for good: a handle's by its keyed hash, a room's as it is. See `names.ts`. */
export interface NameRow {
  /** Whose it is: a person's id or a room's conversation id. */
  readonly owner: number | string;
}

/** A conversation: what the contract tells everybody of it, and what the rules add to that. A room's name is without "#"; its title may be empty. */
export interface ConversationRow extends ConversationFacts {
  readonly kind: "direct" | "room";
  /** Of a direct conversation: ids, ascending; one where it is with oneself. */
  readonly people: readonly number[];
  /** Of a room: who created it. */
  readonly creator: number;
  /** ms since 1970 */
  readonly createdAt: number;
}

/** One person's place in one conversation. */
export interface MemberRow {
  readonly conversation: string;
  readonly person: number;
  readonly joined: boolean;
  /** seq of the event by which they joined last. */
  readonly joinedSeq: number;
}

/** Everybody who reacted to a message with one emoji, in the order in which they did. */
export interface ReactionRow {
  readonly emoji: string;
  readonly people: readonly number[];
}

/** A message as it now stands. */
export interface MessageRow {
  readonly seq: number;
  readonly conversation: string;
  readonly sender: number;
  /** Empty once deleted. */
  readonly text: string;
  /** ms since 1970 */
  readonly sentAt: number;
  readonly clientId: Uint8Array;
  readonly replyTo: number | undefined;
  /** ms since 1970 */
  readonly editedAt: number | undefined;
  readonly deleted: boolean;
  readonly reactions: readonly ReactionRow[];
  readonly pinned: boolean;
}

/** A text that a message had before an edit. */
export interface VersionRow {
  /** seq of the message. */
  readonly message: number;
  /** seq of the edit that took its place. */
  readonly replacedBy: number;
  /** client_id of that edit. */
  readonly clientId: Uint8Array;
  readonly text: string;
  /** Since when it stood there, ms since 1970. */
  readonly at: number;
}

/** One change that an accepted event makes; whoever holds the state carries it out. */
export type RowChange =
  | { readonly put: "person"; readonly row: PersonRow }
  | { readonly put: "name"; readonly key: string; readonly row: NameRow }
  | { readonly put: "conversation"; readonly row: ConversationRow }
  | { readonly put: "member"; readonly row: MemberRow }
  | { readonly put: "message"; readonly row: MessageRow }
  | { readonly put: "version"; readonly row: VersionRow }
  /** Every version of one message goes. */
  | { readonly delete: "versions"; readonly message: number }
  /** The texts of these events leave the log. */
  | { readonly erase: readonly number[] };
