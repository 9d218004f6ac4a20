import type { Cause, ChatChange, ChatConversation } from "./types.ts";

/** Where nobody can write any more: what stands beside the name in headers and lists, and the line in place of the composer. */
export interface Closed {
  readonly mark: string;
  readonly line: string;
}

/** Why nobody can write in a conversation, in the order in which it is told. */
const CLOSED: readonly ((conversation: Partial<ChatConversation>) => Closed | undefined)[] = [
  ({ peer }) =>
    peer?.removed === true
      ? { mark: "read only", line: "This account was removed. Nobody reads what is written here." }
      : undefined,
];

/** What happened, for both screens, where its cause alone says it. `who` did it; `room` is how the room now stands. */
const TOLD: { readonly [Key in Cause]?: (who: string, room: ChatConversation | undefined) => string } = {
  "member-joined": (who) => `${who} joined`,
  "member-left": (who) => `${who} left`,
};

/** See {@link Closed}; undefined where one can write. */
export function closedFor(conversation: Partial<ChatConversation>): Closed | undefined {
  for (const reason of CLOSED) {
    const closed = reason(conversation);
    if (closed) return closed;
  }
  return undefined;
}

/** "ada joined": what happened, where its cause alone says it; undefined where it takes what there was before. */
export function causeWords(change: ChatChange, who: string): string | undefined {
  return TOLD[change.cause]?.(who, change.row === "conversation" ? change.conversation : undefined);
}
