import { type ConversationContent, conversationSeen, memberSeen, type SeenRow } from "../rows.ts";

/** A row that an event changed, and who was told of it. */
export interface Told {
  readonly row: SeenRow;
  readonly people: readonly number[];
}

/** A conversation in the model. */
export interface Conversation {
  content: Omit<ConversationContent, "memberCount">;
  version: number;
  members: Set<number>;
  pins: number;
}

/** The row of a conversation as everybody in it gets it. */
export function view({ content, version, members }: Conversation): Told {
  const title = content.isRoom && content.title === "" ? content.name : content.title;
  return toldOf(conversationSeen({ ...content, title, memberCount: members.size }, version), members);
}

/** Somebody's place in a conversation, as it is told. */
export function place({ content, members }: Conversation, person: number, joined: boolean, seq: number): SeenRow {
  return memberSeen({ conversation: content.id, person, joined, memberCount: members.size }, seq);
}

/** A row and who is told of it. */
export function toldOf(row: SeenRow, people: Iterable<number>): Told {
  return { row, people: [...people] };
}
