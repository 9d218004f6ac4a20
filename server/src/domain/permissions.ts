/** How long a message may be edited after it was sent, by the clocks that stamped both events. */
export const EDIT_MAX_MS = 7 * 24 * 3_600_000;

/** Different emoji on one message. */
export const REACTIONS_MAX = 20;

/** Pinned messages of one conversation. */
export const PINS_MAX = 100;

/** Who may do something to a message or a room: `member`: somebody who is in the conversation; `sender`, `creator`: the one who made it, while in it; `author`: the one who made it, also after leaving. */
export type Role = "member" | "sender" | "author" | "creator";

/** Who may do what, and until when. The rules of the kinds read this table. */
export const MAY = {
  post: { who: "member" },
  edit: { who: "sender", withinMs: EDIT_MAX_MS },
  delete: { who: "author" },
  react: { who: "member" },
  pin: { who: "member" },
  changeRoom: { who: "creator" },
} as const satisfies Record<string, { who: Role; withinMs?: number }>;
