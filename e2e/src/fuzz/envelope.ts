import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import type { Source } from "./values.ts";

/** Unpacked size of a bomb: far above what a server may read as one message. */
const BOMB_BYTES = 8 * 1024 * 1024;
const bomb = gzipSync(Buffer.alloc(BOMB_BYTES));

/** A body and the compression that its envelopes, or it as a whole, claim to have. */
export interface Packed {
  readonly body: Buffer;
  readonly encoding?: string;
}

/** A message in an envelope: in order, or with flags, lengths and numbers of envelopes that are not. */
export function enveloped({ chance }: Source, payload: Buffer): Packed {
  if (chance.is(0.6)) return { body: envelope(0, payload) };
  switch (chance.int(0, 11)) {
    case 0:
      return { body: envelope(1, gzipSync(payload)), encoding: "gzip" };
    case 1: // compressed without an encoding
      return { body: envelope(1, gzipSync(payload)) };
    case 2: // compressed, it says
      return { body: envelope(1, payload), encoding: chance.pick(["gzip", "br"]) };
    case 3:
      return { body: envelope(1, bomb), encoding: "gzip" };
    case 4:
      return { body: envelope(chance.pick([2, 3, 4, 0x80, 0x81, 0xff]), payload) };
    case 5: // a length that is not the payload's
      return { body: envelope(0, payload, chance.pick([0, 1, payload.length + 1, 300_000, 0x7fffffff, 0xffffffff])) };
    case 6: // several
      return { body: Buffer.concat(Array.from({ length: chance.int(2, 40) }, () => envelope(0, payload))) };
    case 7: // none
      return { body: chance.pick([Buffer.alloc(0), payload]) };
    case 8: // a part of a head
      return { body: envelope(0, payload).subarray(0, chance.int(1, 4)) };
    case 9:
      return { body: Buffer.concat([envelope(0, payload), chance.bytes(chance.int(1, 9))]) };
    case 10: // larger than may be read
      return { body: envelope(0, Buffer.concat([payload, Buffer.alloc(300_000)])) };
    default:
      return { body: Buffer.concat([envelope(0, Buffer.alloc(0)), envelope(2, Buffer.from("{}"))]) };
  }
}

/** A message that is the whole body, compressed or not. */
export function bare({ chance }: Source, payload: Buffer): Packed {
  if (chance.is(0.75)) return { body: payload };
  switch (chance.int(0, 5)) {
    case 0:
      return { body: gzipSync(payload), encoding: "gzip" };
    case 1:
      return { body: brotliCompressSync(payload), encoding: "br" };
    case 2:
      return { body: deflateSync(payload), encoding: "deflate" };
    case 3:
      return { body: payload, encoding: chance.pick(["gzip", "br", "zstd", "identity", "", "x"]) };
    case 4:
      return { body: bomb, encoding: "gzip" };
    default:
      return { body: Buffer.concat([payload, Buffer.alloc(300_000, 0x20)]) };
  }
}

function envelope(flags: number, payload: Buffer, length = payload.length): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, payload]);
}
