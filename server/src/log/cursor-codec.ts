import { hash } from "node:crypto";
import { EVENTS_PER_RECORD } from "./position.ts";

/**
 * What a cursor says: everything up to `seq` was taken, of a log that goes by this epoch and whose chain has this value at the
 * record of `seq`.
 */
export interface CursorContent {
  /** Whether the log goes by the epoch of this codec. */
  readonly isOfThisEpoch: boolean;
  readonly seq: number;
  /** The first bytes of the chain's value. */
  readonly proof: Uint8Array;
}

/** Writes and reads the cursors of one log. */
export interface CursorCodec {
  /** @param chain the value of the chain at the record of `seq` */
  encode(seq: number, chain: Uint8Array): string;
  /** Undefined for a string that is no cursor of this release. */
  decode(text: string): CursorContent | undefined;
}

/** 24 bytes: version, epoch (hashed), seq, the beginning of the chain's value. In base64url 32 characters. */
const VERSION = 1;
const EPOCH_AT = 1;
const EPOCH_BYTES = 8;
const SEQ_AT = EPOCH_AT + EPOCH_BYTES;
/** A seq has 53 bits. */
const SEQ_BYTES = 7;
const PROOF_AT = SEQ_AT + SEQ_BYTES;

/** Bytes of the chain's value in a cursor: enough against accident, and a client that makes one up misleads itself alone. */
const PROOF_BYTES = 8;
const CURSOR_BYTES = PROOF_AT + PROOF_BYTES;
const CURSOR_CHARACTERS = (CURSOR_BYTES * 4) / 3;

/** The record that a seq belongs to. */
export function recordOf(seq: number): number {
  return Math.floor(seq / EVENTS_PER_RECORD);
}

/** Whether a cursor proves this value of the chain. */
export function provesChain({ proof }: CursorContent, chain: Uint8Array): boolean {
  return Buffer.compare(proof, chain.subarray(0, PROOF_BYTES)) === 0;
}

/** The cursors of the log that goes by this epoch. */
export function createCursorCodec(epoch: string): CursorCodec {
  const scratch = Buffer.alloc(CURSOR_BYTES);
  scratch[0] = VERSION;
  const epochBytes = hash("sha256", epoch, "buffer").subarray(0, EPOCH_BYTES);
  scratch.set(epochBytes, EPOCH_AT);

  return {
    encode(seq, chain) {
      scratch[SEQ_AT] = Math.floor(seq / 2 ** 48);
      scratch.writeUIntBE(seq % 2 ** 48, SEQ_AT + 1, 6);
      scratch.set(chain.subarray(0, PROOF_BYTES), PROOF_AT);
      return scratch.toString("base64url");
    },
    decode(text) {
      if (text.length !== CURSOR_CHARACTERS || !/^[\w-]+$/.test(text)) return undefined;
      const bytes = Buffer.from(text, "base64url");
      const seq = (bytes[SEQ_AT] ?? 0) * 2 ** 48 + bytes.readUIntBE(SEQ_AT + 1, 6);
      if (bytes[0] !== VERSION || !Number.isSafeInteger(seq)) return undefined;
      return {
        isOfThisEpoch: bytes.subarray(EPOCH_AT, SEQ_AT).equals(epochBytes),
        seq,
        proof: bytes.subarray(PROOF_AT),
      };
    },
  };
}
