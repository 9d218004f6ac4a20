/** Bytes of an envelope before its message: flags and length. */
const HEAD_BYTES = 5;

/** Flag of the frame that ends a stream of the Connect protocol. */
const ENDS = 2;

/** A Subscribe stream as its bytes come over the wire. */
export interface RawStream extends AsyncDisposable {
  /** The messages of its envelopes so far. */
  readonly frames: readonly Uint8Array[];
  readonly hasEnded: () => boolean;
}

/** One frame of a JSON stream. */
export type JsonFrame = Record<string, unknown> & { cursor?: string; cause?: string; actor?: string };

/** Opens Subscribe over the Connect protocol, as a caller would who has no client of ours. */
export async function openRawStream(
  url: string,
  token: string,
  options: { cursor?: string; type?: "json" | "proto" } = {},
): Promise<RawStream> {
  const { cursor = "", type = "json" } = options;
  const stop = new AbortController();
  const request = type === "json" ? Buffer.from(JSON.stringify({ cursor })) : encodeCursor(cursor);
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(request.length, 1);
  const { body } = await fetch(`${url}/chat.v1.ChatService/Subscribe`, {
    method: "POST",
    headers: { "content-type": `application/connect+${type}`, authorization: `Bearer ${token}` },
    body: Buffer.concat([head, request]),
    signal: stop.signal,
  });
  const frames: Uint8Array[] = [];
  let hasEnded = false;
  const read = async (): Promise<void> => {
    let rest = Buffer.alloc(0);
    for await (const chunk of body ?? []) {
      rest = Buffer.concat([rest, chunk as Uint8Array]);
      while (rest.length >= HEAD_BYTES && rest.length >= HEAD_BYTES + rest.readUInt32BE(1)) {
        const end = HEAD_BYTES + rest.readUInt32BE(1);
        if (rest[0] !== ENDS) frames.push(Uint8Array.from(rest.subarray(HEAD_BYTES, end)));
        rest = rest.subarray(end);
      }
    }
  };
  const reading = read()
    .catch(() => {}) // cut, which hasEnded says
    .finally(() => (hasEnded = true));
  return {
    frames,
    hasEnded: () => hasEnded,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await reading;
    },
  };
}

/** The frames of a JSON stream so far. */
export function jsonFrames({ frames }: RawStream): JsonFrame[] {
  return frames.map((frame) => JSON.parse(Buffer.from(frame).toString()) as JsonFrame);
}

/** A SubscribeRequest: field 1, a string. */
function encodeCursor(cursor: string): Buffer {
  const bytes = Buffer.from(cursor);
  if (bytes.length > 127) throw new Error("the cursor is too long for this");
  return bytes.length === 0 ? bytes : Buffer.concat([Buffer.from([10, bytes.length]), bytes]);
}
