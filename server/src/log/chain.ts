import { hash } from "node:crypto";
import type { RecordContent } from "./record-codec.ts";

/** Bytes of a value of the chain: SHA-256, cut. Who changes the log unnoticed needs a second preimage of 128 bits. */
export const CHAIN_BYTES = 16;

/** The chain before the first record. */
export const CHAIN_START: Uint8Array = new Uint8Array(CHAIN_BYTES);

const DIGEST_BYTES = 32;

/** What the chain goes over: SHA-256 of a record's bytes. */
export function digestOf(record: Uint8Array): Uint8Array {
  return hash("sha256", record, "buffer");
}

/** The value of the chain at a record: SHA-256 over the value before, the sequence and the record's digest. */
export function nextChain(previous: Uint8Array, sequence: number, digest: Uint8Array): Uint8Array {
  const input = Buffer.allocUnsafe(CHAIN_BYTES + 8 + DIGEST_BYTES);
  input.set(previous, 0);
  input.writeBigUInt64BE(BigInt(sequence), CHAIN_BYTES);
  input.set(digest, CHAIN_BYTES + 8);
  // A copy of its own: a view would keep the whole digest, or the pool it lies in, alive.
  return new Uint8Array(hash("sha256", input, "buffer").subarray(0, CHAIN_BYTES));
}

/** Whether two values of the chain are the same one. */
export function sameChain(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  return one !== undefined && other !== undefined && Buffer.compare(one, other) === 0;
}

/** A record of the log, decoded, with its place in the chain. */
export interface SequencedRecord {
  readonly sequence: number;
  readonly content: RecordContent;
  /** The value of the chain at this record. */
  readonly chain: Uint8Array;
  /** Whether it was written on another past than this log's: then nothing in it happens. */
  readonly isVoid: boolean;
}

/** What the walk continues: what was applied so far. */
export interface AppliedChain {
  readonly sequence: number;
  /** The value at a record; that at 0 is {@link CHAIN_START}. Undefined for a record that was not applied. */
  chainAt(sequence: number): Uint8Array | undefined;
}

/** Values of records that are ahead of what is applied, before those that were applied since are forgotten. */
const AHEAD_MAX = 8_192;

/** Gives each record of the log its place in the chain. Call for each record, in order, from the one after the newest applied one. */
export function createChainWalk(applied: AppliedChain): (sequence: number, content: RecordContent) => SequencedRecord {
  const ahead = new Map<number, Uint8Array>();
  const chainAt = (sequence: number): Uint8Array | undefined => ahead.get(sequence) ?? applied.chainAt(sequence);

  function isForeign(sequence: number, { anchor }: RecordContent): boolean {
    if (!anchor) return false;
    return anchor.sequence >= sequence || !sameChain(chainAt(anchor.sequence), anchor.chain);
  }

  return (sequence, content) => {
    const previous = chainAt(sequence - 1);
    if (!previous) throw new Error(`record ${sequence} does not follow`);
    const isVoid = isForeign(sequence, content);
    const chain = nextChain(previous, sequence, content.digest);
    if (ahead.size >= AHEAD_MAX) for (const known of ahead.keys()) if (known < applied.sequence) ahead.delete(known);
    ahead.set(sequence, chain);
    return { sequence, content, chain, isVoid };
  };
}
