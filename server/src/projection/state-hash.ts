import { hash } from "node:crypto";
import type { Event } from "@chat/proto/chat/log/v1/event";
import { kindNumberOf } from "../domain/kind-number.ts";
import type { Outcome } from "../domain/outcome.ts";

/** Bytes of a state hash. */
export const STATE_HASH_BYTES = 32;

/** An event that one release does not read counts as one that the next release, which reads it, accepts: their servers stand side by side. */
const OUTCOME_NUMBER = { accepted: 0, unknown: 0, duplicate: 1, refused: 2 } as const satisfies Record<
  Outcome["kind"],
  number
>;

/** Collects what a record came to, then chains it to the hash of all before. */
export interface RecordHasher {
  begin(): void;
  add(event: Event | undefined, outcome: Outcome): void;
  /** The hash after this record: SHA-256 over the hash before, the record's sequence, and each event's kind and outcome. */
  end(previous: Uint8Array, sequence: number): Uint8Array;
}

/** Positions, kinds and outcomes, never text: an erasure changes no hash. */
export function createRecordHasher(): RecordHasher {
  let bytes: number[] = [];
  return {
    begin() {
      bytes = [];
    },
    add(event, outcome) {
      bytes.push(event ? kindNumberOf(event) : 0, OUTCOME_NUMBER[outcome.kind]);
      if (outcome.kind === "refused") for (const byte of Buffer.from(outcome.refusal.reason)) bytes.push(byte);
    },
    end(previous, sequence) {
      const input = Buffer.allocUnsafe(STATE_HASH_BYTES + 8 + bytes.length);
      input.set(previous, 0);
      input.writeBigUInt64BE(BigInt(sequence), STATE_HASH_BYTES);
      input.set(bytes, STATE_HASH_BYTES + 8);
      return hash("sha256", input, "buffer");
    },
  };
}
