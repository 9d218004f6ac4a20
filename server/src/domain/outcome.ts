/** Why the rules skip an event. */
export const REFUSALS = [
  /** Structure: a kind this format version does not know, a kind in the wrong sort of conversation, ids of the wrong shape. */
  "malformed",
  /** The actor used this client_id for something else. */
  "client_id_reused",
  /** A room of that name exists: the first wins. */
  "room_exists",
  "no_such_room",
  "already_member",
  "not_a_member",
  /** reply_to names no message of this conversation. */
  "no_such_message",
  /** The record was written on another past than this log's: its anchor is not in the chain. */
  "other_past",
] as const;

/** One of {@link REFUSALS}. */
export type Refusal = (typeof REFUSALS)[number];

/** What the rules say about an event at its place in the log. Final once folded, and the same on every server. */
export type Outcome =
  | { readonly kind: "accepted" }
  /** The same actor did the same before under this client_id. */
  | { readonly kind: "duplicate"; readonly seq: number }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** Stable numbers for the state hash. Only ever appended to. */
export function outcomeNumber(outcome: Outcome): number {
  switch (outcome.kind) {
    case "accepted":
      return 0;
    case "duplicate":
      return 1;
    case "refused":
      return 2 + REFUSALS.indexOf(outcome.refusal);
  }
}
