import { SubscribeResponseSchema } from "@chat/proto/chat/v1/chat_service";

/** What one frame of a Subscribe stream brings, by the number of its payload. */
export type FrameKind = "message" | "other" | "caught-up";

const { field: FIELD } = SubscribeResponseSchema;
const KINDS: Readonly<Record<number, FrameKind>> = {
  [FIELD.message.number]: "message",
  [FIELD.heartbeat.number]: "caught-up",
};
/** Fields before the payload. */
const BEFORE_PAYLOAD = FIELD.users.number;
const LENGTH_DELIMITED = 2;

/** Takes a message where it lies: `buffer` from `start` to `end`. */
export type OnEnvelope = (buffer: Buffer, start: number, end: number, flags: number) => void;

/** Splits a byte stream into messages with the 5-byte prefix of gRPC, gRPC-web and Connect. Copies only what is cut by a chunk's end. */
export function createEnvelopeSplitter(onEnvelope: OnEnvelope): (chunk: Buffer, start: number, end: number) => void {
  let rest: Buffer | undefined;
  return (chunk, start, end) => {
    let buffer = chunk;
    let at = start;
    let limit = end;
    if (rest) {
      buffer = Buffer.concat([rest, chunk.subarray(start, end)]);
      at = 0;
      limit = buffer.length;
      rest = undefined;
    }
    while (limit - at >= 5) {
      const size = buffer.readUInt32BE(at + 1);
      if (limit - at - 5 < size) break;
      onEnvelope(buffer, at + 5, at + 5 + size, buffer[at] ?? 0);
      at += 5 + size;
    }
    if (at < limit) rest = Buffer.from(buffer.subarray(at, limit));
  };
}

/** Which payload a SubscribeResponse carries: skips what comes before it, and decodes nothing. */
export function kindOfFrame(buffer: Buffer, start: number, end: number): FrameKind {
  let at = start;
  /** A varint, as far as 28 bits hold it: tags and lengths. */
  function varint(): number {
    let value = 0;
    for (let shift = 0; at < end; shift += 7) {
      const byte = buffer[at++] ?? 0;
      if (shift < 28) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return value;
  }
  while (at < end) {
    const tag = varint();
    const field = tag >>> 3;
    if (field > BEFORE_PAYLOAD) return KINDS[field] ?? "other";
    const value = varint();
    if ((tag & 7) === LENGTH_DELIMITED) at += value;
  }
  return "other";
}

/** A message with its prefix. */
export function envelope(message: Uint8Array): Buffer {
  const framed = Buffer.alloc(5 + message.length);
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, 5);
  return framed;
}
