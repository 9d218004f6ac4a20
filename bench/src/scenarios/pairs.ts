import type { Identity } from "../load/link.ts";
import type { SessionPlan } from "../load/session.ts";

/** People who send; each to somebody else, who reads. */
export const PAIRS = 64;

/** The second half of the people read, the first half sends to them, one to one. */
export function pairs(people: readonly Identity[]): Pick<SessionPlan, "readers" | "senders"> {
  const half = people.length / 2;
  const readers = people.slice(half);
  return {
    readers,
    senders: people.slice(0, half).map((identity, index) => ({ identity, to: `@${readers[index]?.handle ?? ""}` })),
  };
}
