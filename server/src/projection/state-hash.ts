import { hash } from "node:crypto";
import type { Event } from "@chat/proto/chat/v1/event";
import { type Outcome, outcomeNumber } from "../domain/outcome.ts";

/** Field numbers of the kinds in chat.v1.Event, which never change; 0 is a kind that this release does not know. */
const KIND_NUMBER = {
  messagePosted: 10,
  roomCreated: 20,
  memberJoined: 21,
  memberLeft: 22,
} as const satisfies Record<NonNullable<Event["kind"]["case"]>, number>;

/** Number of the event's kind, as stored beside it and hashed. */
export function kindNumber(event: Event): number {
  return event.kind.case === undefined ? 0 : KIND_NUMBER[event.kind.case];
}

/** Number of the kind that is a message. */
export const MESSAGE_KIND = KIND_NUMBER.messagePosted;

/** Bytes of a state hash. */
export const STATE_HASH_BYTES = 32;

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
      bytes.push(event ? kindNumber(event) : 0, outcomeNumber(outcome));
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
