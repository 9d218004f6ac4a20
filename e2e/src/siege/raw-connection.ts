import { connect, type Socket } from "node:net";
import {
  createFrameReader,
  FLAG,
  type Frame,
  frame,
  headerBlock,
  PREFACE,
  setting,
  TYPE,
} from "../fuzz/http2-frames.ts";
import type { HeaderList } from "../fuzz/headers.ts";
import type { AttackTarget } from "./attack.ts";

const CONNECT_MS = 5_000;
/** A first byte of a block that says `:status: 200` by its place in the static table (RFC 7541, appendix A). */
const STATUS_200 = 0x88;

/** A socket from the attacker's address; undefined when the server takes none. */
export async function openSocket({ host, port, localAddress }: AttackTarget): Promise<Socket | undefined> {
  const socket = connect({ host, port, localAddress, noDelay: true });
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), CONNECT_MS);
  socket.once("connect", () => resolve(true));
  socket.on("error", () => resolve(false));
  const isOpen = await promise;
  clearTimeout(timer);
  if (isOpen) return socket;
  socket.destroy();
  return undefined;
}

/** One HTTP/2 connection, as little of it as an attack takes. */
export interface RawHttp2 {
  isOpen(): boolean;
  /** The number of a new stream. */
  nextStream(): number;
  /** Writes frames and waits until the system has taken them. */
  write(bytes: Buffer): Promise<void>;
  close(): void;
}

/** Opens one; undefined when the server takes none. @param onFrame told each frame but settings and pings */
export async function openHttp2(
  target: AttackTarget,
  onFrame: (frame: Frame) => void = () => {},
): Promise<RawHttp2 | undefined> {
  const socket = await openSocket(target);
  if (!socket) return undefined;
  let isOpen = true;
  let stream = -1;
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  void closed.then(() => (isOpen = false));
  const take = createFrameReader((received) => {
    const { type, flags, payload } = received;
    if (type === TYPE.settings && !(flags & FLAG.ack)) socket.write(frame(TYPE.settings, FLAG.ack, 0));
    else if (type === TYPE.ping && !(flags & FLAG.ack)) socket.write(frame(TYPE.ping, FLAG.ack, 0, payload));
    else if (type === TYPE.goAway) isOpen = false;
    onFrame(received);
  });
  socket.on("data", take);
  // No dynamic table: a status is then one known byte.
  socket.write(Buffer.concat([PREFACE, frame(TYPE.settings, 0, 0, setting(1, 0))]));
  return {
    isOpen: () => isOpen && socket.writable,
    nextStream: () => (stream += 2),
    async write(bytes) {
      if (socket.writable && !socket.write(bytes))
        await Promise.race([new Promise<void>((resolve) => socket.once("drain", () => resolve())), closed]);
    },
    close: () => void socket.resetAndDestroy(),
  };
}

/** A frame with a request's headers. */
export function requestFrame(stream: number, headers: HeaderList, isWhole: boolean): Buffer {
  return frame(TYPE.headers, FLAG.endHeaders | (isWhole ? FLAG.endStream : 0), stream, headerBlock(headers));
}

/** The headers of a request. @param type content type of a call; absent: GET */
export function requestOf(path: string, type?: string): HeaderList {
  return [
    [":method", type === undefined ? "GET" : "POST"],
    [":scheme", "http"],
    [":path", path],
    [":authority", "localhost"],
    ...(type === undefined
      ? []
      : ([
          ["content-type", type],
          ["te", "trailers"],
        ] as const)),
  ];
}

/** What a frame says of its stream: a good beginning, or a refusal; undefined where neither. */
export function verdictOf({ type, flags, payload }: Frame): "answered" | "refused" | undefined {
  if (type === TYPE.reset) return "refused";
  if (type !== TYPE.headers) return undefined;
  const status = payload.find((byte) => (byte & 0xe0) !== 0x20);
  if (status === undefined || (status & 0x80) === 0) return undefined; // trailers
  return status === STATUS_200 && !(flags & FLAG.endStream) ? "answered" : "refused";
}
