import { createServer as createHttpServer, type Server as HttpServer, type ServerOptions } from "node:http";
import {
  createSecureServer,
  createServer as createHttp2Server,
  type Http2Server,
  type ServerHttp2Session,
  type Settings,
} from "node:http2";
import { once } from "node:events";
import type { AddressInfo, Server, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { ChatError } from "../errors.ts";
import type { NodeRequest, NodeResponse } from "../wire/node-http.ts";
import type { Certificate } from "./certificate.ts";
import { createDeadPeers } from "./dead-peers.ts";
import { watchPeer } from "./http2-ping.ts";
import {
  CONCURRENT_STREAMS_MAX,
  CONNECTIONS_MAX,
  HEADERS_MAX_BYTES,
  HEADERS_TIMEOUT_MS,
  KEEP_ALIVE_MS,
  REQUEST_TIMEOUT_MS,
  STREAM_WINDOW_BYTES,
  TCP_KEEP_ALIVE_MS,
  TIMEOUT_CHECK_MS,
} from "./limits.ts";
import { acceptHttp2 } from "./plain-and-h2c.ts";

/** Answers every request of every port. */
export type RequestHandler = (request: NodeRequest, response: NodeResponse) => void;

/** The open ports. */
export interface Listener {
  readonly port: number;
  readonly tlsPort: number | undefined;
  /** Takes no more connections, and no more requests on those there are. */
  stopAccepting(): void;
  /** Resolves when every connection is gone; drops those that are still there when the signal aborts. */
  closed(signal: AbortSignal): Promise<void>;
}

const HTTP1: ServerOptions = {
  maxHeaderSize: HEADERS_MAX_BYTES,
  headersTimeout: HEADERS_TIMEOUT_MS,
  requestTimeout: REQUEST_TIMEOUT_MS,
  connectionsCheckingInterval: TIMEOUT_CHECK_MS,
  keepAliveTimeout: KEEP_ALIVE_MS,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
};

const HTTP2_SETTINGS: Settings = {
  maxConcurrentStreams: CONCURRENT_STREAMS_MAX,
  initialWindowSize: STREAM_WINDOW_BYTES,
  maxHeaderListSize: HEADERS_MAX_BYTES,
};

/** How often connections that have become idle are closed while the server stops. */
const CLOSE_IDLE_EVERY_MS = 100;

/**
 * Opens the plain port (HTTP/1.1 and cleartext HTTP/2) and, with a certificate, the TLS port (both by ALPN). Port 0 takes a free one.
 * @throws ChatError `failed_precondition` when a port can't be had.
 */
export async function listen(options: {
  host: string;
  port: number;
  tls: (Certificate & { readonly port: number }) | undefined;
  handler: RequestHandler;
}): Promise<Listener> {
  const { host, handler } = options;
  const deadPeers = createDeadPeers();
  const plain = createHttpServer(HTTP1, handler);
  const http2 = createHttp2Server({ settings: HTTP2_SETTINGS }, handler);
  acceptHttp2({ http1: plain, http2, onHttp1: (socket) => deadPeers.watch(socket) });
  const secure =
    options.tls &&
    createSecureServer({ ...options.tls, ...HTTP1, allowHTTP1: true, settings: HTTP2_SETTINGS }, handler);

  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  const ports = secure ? [plain, secure] : [plain];
  for (const server of ports) {
    server.maxConnections = CONNECTIONS_MAX;
    server.on("connection", (socket: Socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    });
  }
  for (const server of [http2, secure]) {
    server?.on("session", (session: ServerHttp2Session) => {
      sessions.add(session);
      session.once("close", () => sessions.delete(session));
      watchPeer(session);
    });
    server?.on("sessionError", () => {}); // the session ends, which is all there is to do
  }
  plain.on("clientError", refuseMalformed);
  secure?.on("secureConnection", (socket: TLSSocket) => {
    if (socket.alpnProtocol !== "h2") deadPeers.watch(socket);
  });
  secure?.on("tlsClientError", () => {}); // somebody who doesn't speak TLS, or doesn't trust us

  try {
    await bind(plain, host, options.port);
    if (secure && options.tls) await bind(secure, host, options.tls.port);
  } catch (error) {
    plain.close();
    throw error;
  }
  return {
    port: (plain.address() as AddressInfo).port,
    tlsPort: secure && (secure.address() as AddressInfo).port,
    stopAccepting() {
      for (const server of ports) server.close();
      for (const session of sessions) session.close();
    },
    async closed(signal) {
      deadPeers.close();
      const open = [...sockets].filter((socket) => !socket.destroyed);
      const gone = Promise.all(open.map((socket) => new Promise((resolve) => socket.once("close", resolve))));
      // What was in the middle of a request when the ports were closed is idle once it has its answer.
      const timer = setInterval(() => {
        for (const server of ports) (server as HttpServer).closeIdleConnections();
      }, CLOSE_IDLE_EVERY_MS);
      await Promise.race([gone, signal.aborted ? undefined : once(signal, "abort")]);
      clearInterval(timer);
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function bind(server: Server | Http2Server, host: string, port: number): Promise<void> {
  try {
    server.listen({ host, port, backlog: 4096 });
    await once(server, "listening");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why =
      code === "EADDRINUSE"
        ? "something else listens there"
        : code === "EACCES"
          ? "it needs a privilege"
          : (cause as Error).message;
    throw new ChatError("failed_precondition", `Port ${port} of ${host} can't be opened: ${why}.`, { cause });
  }
}

const MALFORMED_STATUS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const status = MALFORMED_STATUS[error.code ?? ""] ?? "400 Bad Request";
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
}
