import { CANCEL, frame, TYPE, uint32 } from "../fuzz/http2-frames.ts";
import { type Attack, type AttackTarget, pause, repeat, type Tally } from "./attack.ts";
import { openHttp2, openSocket, requestFrame, requestOf, verdictOf } from "./raw-connection.ts";

const AT_ONCE = 32;
const STREAMS = 50;
const WAIT_MS = 1_000;

/** Files of the web app are asked for and left when their first bytes come, half of them over HTTP/1.1 and half over HTTP/2. */
export const abortedDownloads: Attack = {
  name: "aborted downloads",
  count: 10_000,
  async run(target, count, signal) {
    const tally: Tally = { sent: 0, answered: 0, refused: 0 };
    const path = await largestFile(target);
    await repeat(Math.ceil(count / 2), AT_ONCE, signal, () => overHttp1(target, path, tally));
    await repeat(Math.ceil(count / 2 / STREAMS), 4, signal, () => overHttp2(target, path, tally, signal));
    return tally;
  },
};

/** A script that the page names: it is more than one write. */
async function largestFile({ host, port }: AttackTarget): Promise<string> {
  const page = await fetch(`http://${host}:${port}/`).then(
    (response) => response.text(),
    () => "",
  );
  return /src="(\/assets\/[^"]+)"/.exec(page)?.[1] ?? "/";
}

async function overHttp1(target: AttackTarget, path: string, tally: Tally): Promise<void> {
  tally.sent++;
  const socket = await openSocket(target);
  if (!socket) return void tally.refused++;
  socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), WAIT_MS);
  socket.once("data", (chunk: Buffer) => resolve(chunk.toString("latin1").startsWith("HTTP/1.1 200")));
  socket.once("close", () => resolve(false));
  const isAnswered = await promise;
  clearTimeout(timer);
  if (isAnswered) tally.answered++;
  else tally.refused++;
  socket.resetAndDestroy();
}

async function overHttp2(target: AttackTarget, path: string, tally: Tally, signal: AbortSignal): Promise<void> {
  let left = STREAMS;
  let answered = 0;
  const connection = await openHttp2(target, (received) => {
    const verdict = verdictOf(received);
    if (verdict === undefined) return;
    left--;
    if (verdict === "answered") answered++;
  });
  tally.sent += STREAMS;
  if (!connection) return void (tally.refused += STREAMS);
  const streams = Array.from({ length: STREAMS }, () => connection.nextStream());
  await connection.write(Buffer.concat(streams.map((stream) => requestFrame(stream, requestOf(path), true))));
  for (let waited = 0; left > 0 && waited < WAIT_MS && connection.isOpen(); waited += 5) await pause(5, signal);
  await connection.write(Buffer.concat(streams.map((stream) => frame(TYPE.reset, 0, stream, uint32(CANCEL)))));
  tally.answered += answered;
  tally.refused += STREAMS - answered;
  connection.close();
}
