import { once } from "node:events";
import { readdirSync } from "node:fs";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectHttp2,
  type IncomingHttpHeaders,
} from "node:http2";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { createClientAddresses } from "../http/client-address.ts";
import { EDGE_LIMITS, type EdgeLimits } from "../http/edge-limits.ts";
import type { RequestKind } from "../http/limits.ts";
import { type Listener, listen, type RequestHandler } from "../http/listener.ts";
import { respondText } from "../http/respond.ts";

/** Real ports with a handler of the test's own behind them. */
export interface Edge extends AsyncDisposable {
  readonly listener: Listener;
  readonly port: number;
  /** Requests that reached the handler. */
  readonly handled: () => number;
  /** What was refused, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** An HTTP/2 connection; it is closed at the end. */
  http2(): Promise<ClientHttp2Session>;
  /** A TCP connection that has sent these bytes. */
  raw(bytes: string | Buffer): Promise<Socket>;
}

/** Opens a plain port on loopback. @param options.kind what every request counts as */
export async function openEdge(
  options: {
    limits?: Partial<EdgeLimits>;
    handler?: RequestHandler;
    trustedProxies?: string[];
    kind?: RequestKind;
    tls?: { cert: string; key: string; port: number };
    now?: () => number;
  } = {},
): Promise<Edge> {
  let handled = 0;
  const refused: Record<string, number> = {};
  const open: { destroy(): void }[] = [];
  const { handler = (_request, response) => respondText(response, 200, "ok\n") } = options;
  const listener = await listen({
    host: "127.0.0.1",
    port: 0,
    tls: options.tls,
    ...(options.now && { now: options.now }),
    handler(request, response, context) {
      handled++;
      handler(request, response, context);
    },
    kindOf: () => options.kind ?? "call",
    limits: { ...EDGE_LIMITS, ...options.limits },
    addresses: createClientAddresses(options.trustedProxies ?? []),
    onRefused(why) {
      refused[why] = (refused[why] ?? 0) + 1;
    },
  });
  return {
    listener,
    port: listener.port,
    handled: () => handled,
    refused,
    async http2() {
      const session = connectHttp2(`http://127.0.0.1:${listener.port}`);
      session.on("error", () => {}); // dropped by the server, which tests look at by 'close'
      open.push(session);
      await once(session, "connect");
      return session;
    },
    async raw(bytes) {
      const socket = connect(listener.port, "127.0.0.1");
      socket.on("error", () => {});
      open.push(socket);
      await new Promise((resolve) => socket.once("connect", resolve).once("close", resolve)); // refused ones are reset
      if (bytes.length > 0) socket.write(bytes);
      return socket;
    },
    async [Symbol.asyncDispose]() {
      for (const one of open) one.destroy();
      listener.stopAccepting();
      await listener.closed(AbortSignal.timeout(200));
    },
  };
}

/** Begins a request whose errors nobody needs. */
export function begin(
  session: ClientHttp2Session,
  headers: Record<string, string> = {},
  end = true,
): ClientHttp2Stream {
  const stream = session.request({ ":path": "/", ":method": end ? "GET" : "POST", ...headers }, { endStream: end });
  stream.on("error", () => {});
  return stream;
}

/** The status and body of an answer; undefined where the stream was refused. */
export async function answerOf(
  stream: ClientHttp2Stream,
): Promise<{ status: number | undefined; body: string } | undefined> {
  let status: number | undefined;
  let body = "";
  stream.on("response", (headers: IncomingHttpHeaders & { ":status"?: number }) => (status = headers[":status"]));
  stream.on("data", (chunk: Buffer) => (body += chunk.toString()));
  await new Promise((resolve) => stream.once("close", resolve));
  return status === undefined ? undefined : { status, body };
}

/** Descriptors that this process has open. */
export function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

/** Waits until it holds. @throws Error when it does not in time, 10 s by default */
export async function eventually(holds: () => boolean, what = "it", timeoutMs = 10_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`not in time: ${what}`);
    await delay(5);
  }
}
