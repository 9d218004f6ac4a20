/** What one message of a Subscribe stream is, by the tag of its payload. */
export type FrameKind = "event" | "other" | "caught-up";

const KINDS: Readonly<Record<number, FrameKind>> = { 0x12: "event", 0x2a: "caught-up" };

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

/** Which payload a SubscribeResponse carries: looks past `seq` at the next tag, and decodes nothing. */
export function kindOfFrame(buffer: Buffer, start: number, end: number): FrameKind {
  let at = start;
  if (buffer[at] === 0x08) {
    at++;
    while (at < end && (buffer[at] ?? 0) >= 0x80) at++;
    at++;
  }
  return (at < end && KINDS[buffer[at] ?? 0]) || "other";
}

/** A message with its prefix. */
export function envelope(message: Uint8Array): Buffer {
  const framed = Buffer.alloc(5 + message.length);
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, 5);
  return framed;
}
