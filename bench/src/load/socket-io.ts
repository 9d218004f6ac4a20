import { randomBytes, randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import { createFrameSplitter, textFrame } from "../wire/websocket.ts";
import { type Link, openSocket, type OnMessage, type Target } from "./link.ts";

const HEAD_END = "\r\n\r\n";
/** First characters of what engine.io and Socket.IO send: open, ping, pong; connect, event, acknowledgement. */
const OPEN = "0".charCodeAt(0);
const PING = "2".charCodeAt(0);
const MESSAGE = "4".charCodeAt(0);
const CONNECTED = "0".charCodeAt(0);
const EVENT = "2".charCodeAt(0);
const ACK = "3".charCodeAt(0);

/** Socket.IO's protocol 5 on engine.io's 4, over a websocket from the start. */
export const socketIo: Link = {
  async openReader(target, { identity, room, onMessage }) {
    const socket = await open(target, { user: identity.handle, room }, { onMessage, onAck: () => {} });
    return { close: () => socket.destroy() };
  },

  async openSender(target, { identity, to, onAnswer, onClose }) {
    let id = 0;
    const socket = await open(target, { from: identity.handle }, { onMessage: () => {}, onAck: () => onAnswer(true) });
    socket.once("close", onClose);
    return {
      send(texts) {
        const frames = texts.map((text) => {
          const event = JSON.stringify(["send", { to, text, clientId: randomUUID() }]);
          return textFrame(`42${id++}${event}`);
        });
        socket.write(frames.length === 1 && frames[0] ? frames[0] : Buffer.concat(frames));
      },
      close: () => socket.destroy(),
    };
  },
};

async function open(
  target: Target,
  auth: Record<string, string | undefined>,
  events: { onMessage: OnMessage; onAck: () => void },
): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = await openSocket(target.port, () => reject(new Error("a websocket was closed")));
  const split = createFrameSplitter((buffer, start, end) => {
    switch (buffer[start]) {
      case OPEN:
        socket.write(textFrame(`40${JSON.stringify(auth)}`));
        return;
      case PING:
        socket.write(textFrame("3"));
        return;
      case MESSAGE:
        if (buffer[start + 1] === EVENT) events.onMessage(buffer, start, end);
        else if (buffer[start + 1] === ACK) events.onAck();
        else if (buffer[start + 1] === CONNECTED) resolve();
        else reject(new Error(`Socket.IO said ${buffer.toString("utf8", start, end)}`));
        return;
      default:
        return;
    }
  });
  let head = Buffer.alloc(0);
  const onHead = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf(HEAD_END);
    if (end < 0) return;
    if (!head.toString("latin1", 0, 12).endsWith("101")) reject(new Error("the websocket was refused"));
    socket.removeListener("data", onHead);
    socket.on("data", split);
    if (head.length > end + 4) split(head.subarray(end + 4));
  };
  socket.on("data", onHead);
  socket.write(
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: Upgrade\r\nupgrade: websocket\r\n" +
      `sec-websocket-version: 13\r\nsec-websocket-key: ${randomBytes(16).toString("base64")}\r\n\r\n`,
  );
  await promise;
  return socket;
}
