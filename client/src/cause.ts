import { Cause as ProtoCause, CauseSchema } from "@chat/proto/chat/v1/chat_service";
import type { Cause } from "./types.ts";

const PREFIX = "CAUSE_";

const BY_NUMBER: ReadonlyMap<ProtoCause, Cause> = new Map(
  CauseSchema.values
    .filter(({ number }) => number !== ProtoCause.UNSPECIFIED)
    .map(({ name, number }) => [number, name.slice(PREFIX.length).toLowerCase().replaceAll("_", "-") as Cause]),
);

/** Every cause that this release names, in the order of the contract. */
export const CAUSES: readonly Cause[] = [...BY_NUMBER.values()];

/** What an event was, by the contract's own name; `unknown` for what only a newer server names. */
export function toCause(cause: ProtoCause): Cause {
  return BY_NUMBER.get(cause) ?? "unknown";
}
