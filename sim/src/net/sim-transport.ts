import { Code, ConnectError, type Interceptor, type Transport } from "@connectrpc/connect";
import type { UniversalClientFn } from "@connectrpc/connect/protocol";
import { createTransport as createConnectTransport } from "@connectrpc/connect/protocol-connect";
import { createTransport as createGrpcTransport } from "@connectrpc/connect/protocol-grpc";
import { createTransport as createGrpcWebTransport } from "@connectrpc/connect/protocol-grpc-web";
import type { Machine } from "../world/machine.ts";

/** How a client speaks. */
export const PROTOCOLS = ["connect", "grpc-web", "grpc"] as const;

/** One of {@link PROTOCOLS}. */
export type Protocol = (typeof PROTOCOLS)[number];

const TIMEOUT_HEADER: Readonly<Record<Protocol, (ms: number) => readonly [string, string]>> = {
  connect: (ms) => ["connect-timeout-ms", String(ms)],
  grpc: (ms) => ["grpc-timeout", `${ms}m`],
  "grpc-web": (ms) => ["grpc-timeout", `${ms}m`],
};

const MAKE = { connect: createConnectTransport, grpc: createGrpcTransport, "grpc-web": createGrpcWebTransport };

/** Connect's own transport over the world's links, with deadlines on the world's clock. */
export function createSimTransport(options: {
  machine: Machine;
  protocol: Protocol;
  httpClient: UniversalClientFn;
  interceptors: Interceptor[];
}): Transport {
  const { machine, protocol } = options;
  const { timers } = machine.environment;
  const inner = MAKE[protocol]({
    httpClient: options.httpClient,
    baseUrl: "http://sim",
    useBinaryFormat: true,
    interceptors: options.interceptors,
    acceptCompression: [],
    sendCompression: null,
    compressMinBytes: Infinity,
    readMaxBytes: 64 * 1024 * 1024,
    writeMaxBytes: 64 * 1024 * 1024,
  });

  return {
    async unary(method, signal, timeoutMs, header, input, contextValues) {
      if (timeoutMs === undefined) return inner.unary(method, signal, undefined, header, input, contextValues);
      const headers = new Headers(header);
      headers.set(...TIMEOUT_HEADER[protocol](Math.ceil(timeoutMs)));
      const late = new AbortController();
      const timer = timers.setTimeout(
        () => late.abort(new ConnectError("the operation timed out", Code.DeadlineExceeded)),
        timeoutMs,
      );
      const ended = signal ? AbortSignal.any([signal, late.signal]) : late.signal;
      try {
        return await inner.unary(method, ended, undefined, headers, input, contextValues);
      } finally {
        timers.clearTimeout(timer);
      }
    },
    stream: (method, signal, timeoutMs, header, input, contextValues) =>
      // The SDK bounds its streams by heartbeats.
      inner.stream(method, signal, timeoutMs, header, input, contextValues),
  };
}
