import type { Socket } from "node:net";
import { usageOf } from "../process/usage.ts";
import { createHttp1Parser } from "../wire/http1-parser.ts";
import { createHistogram, type Latency, latencyOf } from "./latency.ts";
import { type Identity, openSocket, type Target } from "./link.ts";
import { nowUs } from "./text.ts";

/** What to ask, again and again. */
export interface CallsPlan {
  readonly target: Pick<Target, "port" | "pid">;
  readonly identity: Identity;
  /** "/package.Service/Method" */
  readonly path: string;
  /** Encoded requests, asked in turn. */
  readonly requests: readonly Uint8Array[];
  /** Calls: a number and not a time, so that every server has run its code as often as the others. */
  readonly times: number;
}

/** What asking came to. */
export interface CallsResult {
  readonly cpuUs: number;
  readonly latency: Latency;
  /** Of the last answer. */
  readonly answerBytes: number;
}

/** Asks over one connection in the Connect protocol, each call when the one before is answered. @throws Error for anything but success */
export async function calls(plan: CallsPlan): Promise<CallsResult> {
  const { target, requests, times } = plan;
  let answer = Promise.withResolvers<void>();
  let status = 0;
  let bytes = 0;
  let refusal = "";
  const socket = await openSocket(target.port, () => answer.reject(new Error("the connection was closed")));
  socket.on(
    "data",
    createHttp1Parser({
      onHead(code) {
        status = code;
        bytes = 0;
      },
      onBody(buffer, start, end) {
        bytes += end - start;
        if (status !== 200) refusal = buffer.toString("utf8", start, end);
      },
      onEnd: () => (status === 200 ? answer.resolve() : answer.reject(new Error(`refused with ${status}: ${refusal}`))),
    }),
  );

  async function ask(index: number): Promise<void> {
    answer = Promise.withResolvers();
    write(socket, plan, requests[index % requests.length] ?? new Uint8Array(0));
    await answer.promise;
  }

  const histogram = createHistogram();
  await ask(0);
  const before = usageOf(target.pid);
  for (let time = 0; time < times; time++) {
    const startUs = nowUs();
    await ask(time);
    histogram.recordValue(Math.max(1, Math.round(nowUs() - startUs)));
  }
  const after = usageOf(target.pid);
  answer.promise.catch(() => {}); // closing is not a failure any more
  socket.destroy();
  return { cpuUs: after.cpuUs - before.cpuUs, latency: latencyOf(histogram), answerBytes: bytes };
}

function write(socket: Socket, { path, identity }: CallsPlan, body: Uint8Array): void {
  const head =
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/proto\r\nconnect-protocol-version: 1\r\n` +
    `authorization: Bearer ${identity.token}\r\ncontent-length: ${body.length}\r\n\r\n`;
  socket.write(Buffer.concat([Buffer.from(head, "latin1"), body]));
}
