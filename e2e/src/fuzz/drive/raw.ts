import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Answer } from "../answer.ts";
import { createFrameReader, FLAG, frame, TYPE } from "../http2-frames.ts";
import type { RawInput } from "../input.ts";
import { ANSWER_MS, HALF_MS } from "./limits.ts";
import type { Target } from "./target.ts";

const KEPT_BYTES = 256 * 1024;
/** Between two pieces. */
const PIECE_MS = 2;
const PROBE = Buffer.from("fuzzping");
/** `:status: 500` by its place in the static table (RFC 7541, appendix A), behind what may change the size of the dynamic one. */
const STATUS_500 = 0x8e;
const TABLE_SIZE = { mask: 0xe0, bits: 0x20 };

/** Sends bytes over a connection of their own and waits for the answers that are due, or for the server's end of it. */
export async function sendRaw(target: Target, input: RawInput): Promise<Answer> {
  const { host, port, localAddress } = target;
  const socket = connect({ host, port, localAddress, noDelay: true });
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("error", () => {}); // 'close' follows
  const watch = input.kind === "http1" ? watchHttp1(socket, input) : watchHttp2(socket);
  try {
    for (const piece of input.pieces) {
      socket.write(piece);
      await delay(PIECE_MS);
    }
    if (input.isCut) {
      socket.resetAndDestroy();
      return { state: "given-up" };
    }
    watch.sent();
    const isOver = await Promise.race([watch.done.then(() => true), closed.then(() => true), delay(ANSWER_MS, false)]);
    return isOver ? watch.answer() : { state: "silent" };
  } finally {
    socket.destroy();
  }
}

interface Watch {
  /** Resolves when all has come that was to come. */
  readonly done: Promise<void>;
  /** All was sent. */
  sent(): void;
  answer(): Answer;
}

function watchHttp1(socket: Socket, { answers }: RawInput): Watch {
  const { promise, resolve } = Promise.withResolvers<void>();
  let text = "";
  const count = (): number => text.match(/HTTP\/1\.1 [2-5]\d\d/g)?.length ?? 0;
  const enough = (): void => {
    if (answers > 0 && count() >= answers) resolve();
  };
  socket.on("data", (chunk: Buffer) => {
    if (text.length < KEPT_BYTES) text += chunk.toString("latin1");
    enough();
  });
  return {
    done: promise,
    sent() {
      if (answers === 0) setTimeout(resolve, HALF_MS);
    },
    answer() {
      const fault = /HTTP\/1\.1 500[^]{0,300}/.exec(text)?.[0];
      if (fault !== undefined) return { state: "answered", status: 500, headers: {}, body: Buffer.from(fault) };
      if (count() >= answers) return { state: "given-up" };
      return { state: "closed", how: `${count()} of ${answers} answers came`, isOrderly: false };
    },
  };
}

/** Whatever was sent, a last ping is answered, or the connection is closed. */
function watchHttp2(socket: Socket): Watch {
  const { promise, resolve } = Promise.withResolvers<void>();
  let fault: string | undefined;
  const take = createFrameReader(({ type, flags, stream, payload }) => {
    if (type === TYPE.ping && flags & FLAG.ack && payload.equals(PROBE)) resolve();
    else if (type === TYPE.settings && !(flags & FLAG.ack)) socket.write(frame(TYPE.settings, FLAG.ack, 0));
    else if (type === TYPE.headers) {
      const first = payload.find((byte) => (byte & TABLE_SIZE.mask) !== TABLE_SIZE.bits);
      if (first === STATUS_500) fault = `stream ${stream}`;
    }
  });
  socket.on("data", take);
  return {
    done: promise,
    // A frame that is not whole would swallow the ping: the server waits for its rest as long as it likes, and answers nothing.
    sent() {
      socket.write(frame(TYPE.ping, 0, 0, PROBE));
      setTimeout(resolve, 5 * HALF_MS);
    },
    answer() {
      if (fault === undefined) return { state: "given-up" };
      return { state: "answered", status: 500, headers: {}, body: Buffer.from(fault) };
    },
  };
}
