import type { Socket } from "node:net";

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const TYPE = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goAway: 7, windowUpdate: 8 } as const;
const FLAG = { endStream: 1, ack: 1, endHeaders: 4, padded: 8 } as const;
const INITIAL_WINDOW_SIZE = 4;
/** The largest window there is (RFC 9113, 6.9.1): a run never has to open it again. */
const WINDOW = 0x7fffffff;
const DEFAULT_WINDOW = 65_535;
/** Indexes of the dynamic table begin behind the static one (RFC 7541, 2.3.3). */
const FIRST_DYNAMIC = 62;

/** What becomes of one request. */
export interface Http2Events {
  onData(buffer: Buffer, start: number, end: number): void;
  onEnd(): void;
}

/** A client's side of one HTTP/2 connection, for requests that all have the same headers. */
export interface Http2Link {
  /** The bytes of one request, to be written alone or with others in one write. */
  request(body: Buffer, events: Http2Events): Buffer;
}

/**
 * Speaks just enough HTTP/2 over a socket: no priorities, no push, no padding, windows that are never used up. As real clients do, it
 * puts its headers into the compression table with the first request and names them by index from then on.
 */
export function createHttp2Link(socket: Socket, headers: readonly (readonly [string, string])[]): Http2Link {
  const streams = new Map<number, Http2Events>();
  let nextStream = 1;
  let rest: Buffer | undefined;
  const indexed = Buffer.from(headers.map((_, index) => 0x80 | (FIRST_DYNAMIC + headers.length - 1 - index)));

  const settings = Buffer.alloc(6);
  settings.writeUInt16BE(INITIAL_WINDOW_SIZE, 0);
  settings.writeUInt32BE(WINDOW, 2);
  const window = Buffer.alloc(4);
  window.writeUInt32BE(WINDOW - DEFAULT_WINDOW, 0);
  socket.write(Buffer.concat([PREFACE, frame(TYPE.settings, 0, 0, settings), frame(TYPE.windowUpdate, 0, 0, window)]));

  function end(id: number): void {
    const events = streams.get(id);
    streams.delete(id);
    events?.onEnd();
  }

  function take(buffer: Buffer, at: number, size: number): void {
    const type = buffer[at + 3];
    const flags = buffer[at + 4] ?? 0;
    const id = buffer.readUInt32BE(at + 5) & 0x7fffffff;
    const start = at + 9;
    switch (type) {
      case TYPE.data:
        if (size > 0) streams.get(id)?.onData(buffer, start, start + size);
        if (flags & FLAG.endStream) end(id);
        return;
      case TYPE.headers:
        if (flags & FLAG.endStream) end(id);
        return;
      case TYPE.reset:
        end(id);
        return;
      case TYPE.settings:
        if (!(flags & FLAG.ack)) socket.write(frame(TYPE.settings, FLAG.ack, 0));
        return;
      case TYPE.ping:
        if (!(flags & FLAG.ack)) socket.write(frame(TYPE.ping, FLAG.ack, 0, buffer.subarray(start, start + size)));
        return;
      case TYPE.goAway:
        for (const open of [...streams.keys()]) end(open);
        return;
      default:
        return; // window updates: requests are far smaller than the windows
    }
  }

  socket.on("data", (chunk: Buffer) => {
    const buffer = rest ? Buffer.concat([rest, chunk]) : chunk;
    rest = undefined;
    let at = 0;
    while (buffer.length - at >= 9) {
      const size = buffer.readUIntBE(at, 3);
      if (buffer.length - at - 9 < size) break;
      take(buffer, at, size);
      at += 9 + size;
    }
    if (at < buffer.length) rest = Buffer.from(buffer.subarray(at));
  });

  return {
    request(body, events) {
      const id = nextStream;
      nextStream += 2;
      streams.set(id, events);
      const block = id === 1 ? Buffer.concat(headers.map(([name, value]) => literal(name, value))) : indexed;
      return Buffer.concat([
        frame(TYPE.headers, FLAG.endHeaders, id, block),
        frame(TYPE.data, FLAG.endStream, id, body),
      ]);
    },
  };
}

function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.alloc(9 + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, 9);
  return bytes;
}

/** A header with incremental indexing, its name spelt out, without Huffman coding (RFC 7541, 6.2.1). */
function literal(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0x40]), text(name), text(value)]);
}

/** A string with its length as an integer of a 7-bit prefix (RFC 7541, 5.1 and 5.2). */
function text(value: string): Buffer {
  const bytes = Buffer.from(value, "latin1");
  const length: number[] = [];
  if (bytes.length < 127) length.push(bytes.length);
  else {
    length.push(127);
    let left = bytes.length - 127;
    for (; left >= 128; left >>>= 7) length.push((left & 127) | 128);
    length.push(left);
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}
