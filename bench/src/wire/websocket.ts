import { randomBytes } from "node:crypto";

/** One text frame of a client: masked, as the protocol asks for (RFC 6455, 5.3). */
export function textFrame(text: string): Buffer {
  const body = Buffer.from(text);
  const mask = randomBytes(4);
  const extended = body.length < 126 ? 0 : 2;
  if (body.length > 0xffff) throw new Error("longer than any message of a run");
  const bytes = Buffer.alloc(6 + extended + body.length);
  bytes[0] = 0x81;
  bytes[1] = 0x80 | (extended ? 126 : body.length);
  if (extended) bytes.writeUInt16BE(body.length, 2);
  bytes.set(mask, 2 + extended);
  const start = 6 + extended;
  for (let index = 0; index < body.length; index++) bytes[start + index] = (body[index] ?? 0) ^ (mask[index & 3] ?? 0);
  return bytes;
}

/** Splits what a server sends into frames, handed over where they lie. Servers don't mask. Copies only what is cut by a chunk's end. */
export function createFrameSplitter(
  onFrame: (buffer: Buffer, start: number, end: number) => void,
): (chunk: Buffer) => void {
  let rest: Buffer | undefined;
  return (chunk) => {
    const buffer = rest ? Buffer.concat([rest, chunk]) : chunk;
    rest = undefined;
    let at = 0;
    while (buffer.length - at >= 2) {
      const short = (buffer[at + 1] ?? 0) & 127;
      const prefix = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (buffer.length - at < prefix) break;
      const size =
        short < 126 ? short : short === 126 ? buffer.readUInt16BE(at + 2) : Number(buffer.readBigUInt64BE(at + 2));
      if (buffer.length - at - prefix < size) break;
      onFrame(buffer, at + prefix, at + prefix + size);
      at += prefix + size;
    }
    if (at < buffer.length) rest = Buffer.from(buffer.subarray(at));
  };
}
