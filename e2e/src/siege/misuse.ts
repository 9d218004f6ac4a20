import { randomUUID } from "node:crypto";
import { Agent } from "node:http";
import { type AttackTarget, pause, repeat, type Tally } from "./attack.ts";
import { callFrom } from "./call-from.ts";
import { openSocket } from "./raw-connection.ts";

const AT_ONCE = 16;
const LONG_TEXT = "😀".repeat(10_000);
const PAGE = 500;
/** Streams that are never read. */
const STREAMS = 120;
/** Long texts that are stored before they are read: as many as an account may send at once. */
const STORED = 100;
/** Of a stream so much is looked at: enough to hold an error that ends it. */
const LOOKED_AT_BYTES = 4_096;
const REOPEN_MS = 50;

type Method = readonly [name: string, input: () => unknown];

const SEND: Method = ["ChatService/SendMessage", () => ({ to: "@mehdi", text: LONG_TEXT, clientId: randomUUID() })];
const LIST: Method = ["ChatService/ListMessages", () => ({ conversation: "@mehdi", pageSize: PAGE })];
const MAKE_ROOM: Method = [
  "ChatService/CreateRoom",
  () => ({ name: `room-${randomUUID().slice(0, 20)}`, clientId: randomUUID() }),
];

/** What one account can do at its worst, by name. */
const MISUSES: Readonly<Record<string, (target: AttackTarget, signal: AbortSignal) => Promise<Tally>>> = {
  "sends of 10,000 characters": (target, signal) => hammer(target, signal, SEND),
  async "pages of 500 long messages"(target, signal) {
    await storeTexts(target, signal);
    return hammer(target, signal, LIST);
  },
  "streams from the beginning, never read": unreadStreams,
  "making rooms": (target, signal) => hammer(target, signal, MAKE_ROOM),
};

/** Their names, in the order in which they are done. */
export const MISUSE_NAMES: readonly string[] = Object.keys(MISUSES);

/** Goes on with one of them until the signal aborts. @throws Error where there is none of that name */
export async function startMisuse(name: string, target: AttackTarget, signal: AbortSignal): Promise<Tally> {
  const misuse = MISUSES[name];
  if (!misuse) throw new Error(`there is no misuse ${name}`);
  return misuse(target, signal);
}

/** One call after another over each of a few connections, as fast as the answers come. */
async function hammer(target: AttackTarget, signal: AbortSignal, [method, input]: Method): Promise<Tally> {
  const tally: Tally = { sent: 0, answered: 0, refused: 0 };
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const from = { url: urlOf(target), localAddress: target.localAddress, token: target.token, agent };
  await repeat(Infinity, AT_ONCE, signal, async () => {
    tally.sent++;
    const status = await callFrom(from, method, input()).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) tally.answered++;
    else tally.refused++;
  });
  agent.destroy();
  return tally;
}

async function storeTexts({ token, localAddress, ...target }: AttackTarget, signal: AbortSignal): Promise<void> {
  const from = { url: urlOf({ ...target, token, localAddress }), localAddress, token };
  const [method, input] = SEND;
  await repeat(STORED, AT_ONCE, signal, async () => void (await callFrom(from, method, input())));
}

async function unreadStreams(target: AttackTarget, signal: AbortSignal): Promise<Tally> {
  const tally: Tally = { sent: 0, answered: 0, refused: 0 };
  const cursor = await cursorOf(target);
  await storeTexts(target, signal);
  const message = Buffer.from(JSON.stringify({ cursor }));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  const body = Buffer.concat([head, message]);
  const request = [
    "POST /chat.v1.ChatService/Subscribe HTTP/1.1",
    "host: localhost",
    "content-type: application/connect+json",
    "connect-protocol-version: 1",
    `authorization: Bearer ${target.token}`,
    `content-length: ${body.length}`,
    "\r\n",
  ].join("\r\n");
  await repeat(Infinity, STREAMS, signal, async () => {
    tally.sent++;
    const socket = await openSocket(target);
    if (!socket) {
      tally.refused++;
      return pause(REOPEN_MS, signal);
    }
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    const stop = (): void => void socket.resetAndDestroy();
    signal.addEventListener("abort", stop);
    // The beginning of the answer is looked at, and nothing behind it is taken from the system.
    let seen = "";
    socket.on("data", (chunk: Buffer) => {
      seen += chunk.toString("latin1");
      if (seen.length < LOOKED_AT_BYTES) return;
      socket.pause();
      tally.answered++;
    });
    void closed.then(() => {
      if (seen.length < LOOKED_AT_BYTES) tally.refused++;
    });
    socket.write(Buffer.concat([Buffer.from(request), body]));
    await closed;
    signal.removeEventListener("abort", stop);
    await pause(REOPEN_MS, signal);
  });
  return tally;
}

/** Where a stream that is opened now begins. */
async function cursorOf(target: AttackTarget): Promise<string> {
  const response = await fetch(`${urlOf(target)}/chat.v1.ChatService/Subscribe`, {
    method: "POST",
    headers: { "content-type": "application/connect+json", authorization: `Bearer ${target.token}` },
    body: Buffer.from([0, 0, 0, 0, 2, 0x7b, 0x7d]),
  });
  const reader = response.body?.getReader();
  const first = await reader?.read();
  await reader?.cancel();
  const cursor = /"cursor":"([^"]+)"/.exec(Buffer.from(first?.value ?? []).toString("latin1"))?.[1];
  if (cursor === undefined) throw new Error("no cursor came");
  return cursor;
}

function urlOf({ host, port }: AttackTarget): string {
  return `http://${host}:${port}`;
}
