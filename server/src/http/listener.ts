import { once } from "node:events";
import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type ServerOptions as HttpOptions,
} from "node:http";
import {
  createSecureServer,
  createServer as createHttp2Server,
  type ServerHttp2Session,
  type Settings,
} from "node:http2";
import type { AddressInfo, Server, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { isGone, type NodeRequest, type NodeResponse } from "../wire/node-http.ts";
import { type AdmissionRefusal, createAdmission } from "./admission.ts";
import { bind } from "./bind.ts";
import type { Certificate } from "./certificate.ts";
import { type ClientAddresses, createClientAddresses } from "./client-address.ts";
import { createDeadPeers } from "./dead-peers.ts";
import { EDGE_LIMITS, type EdgeLimits } from "./edge-limits.ts";
import { createHttp2Sessions } from "./http2-sessions.ts";
import {
  CONCURRENT_STREAMS_MAX,
  HEADERS_MAX_BYTES,
  type RequestKind,
  RESET_BURST,
  SESSION_MEMORY_MB,
  STREAM_WINDOW_BYTES,
  TCP_KEEP_ALIVE_MS,
} from "./limits.ts";
import { MeteredHttp1Request, MeteredHttp2Request } from "./metered-request.ts";
import type { AdmittedRequest } from "./open-request.ts";
import { createOrigins } from "./origin.ts";
import { acceptHttp2 } from "./plain-and-h2c.ts";
import type { Usage } from "./usage.ts";

/** What a request came in by. */
export type PortKind = "plain" | "tls";

/** Answers every request of every port. Never throws. */
export type RequestHandler = (
  request: NodeRequest,
  response: NodeResponse,
  context: { readonly port: PortKind; readonly admitted: AdmittedRequest },
) => void;

/** The open ports. */
export interface Listener {
  readonly port: number;
  readonly tlsPort: number | undefined;
  /** What is open at the moment. */
  readonly inUse: Readonly<Usage>;
  /** Takes no more connections, and no more requests on those there are. */
  stopAccepting(): void;
  /** Resolves when every connection is gone; drops those that are still there when the signal aborts. */
  closed(signal: AbortSignal): Promise<void>;
}

const HTTP1 = {
  maxHeaderSize: HEADERS_MAX_BYTES,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
} as const;

const HTTP2_SETTINGS: Settings = {
  maxConcurrentStreams: CONCURRENT_STREAMS_MAX,
  initialWindowSize: STREAM_WINDOW_BYTES,
  maxHeaderListSize: HEADERS_MAX_BYTES,
};

/** Connections that the system holds before the server has taken them: after a restart all clients come at once. */
const BACKLOG = 4_096;

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
  /** What the request of a path counts as; everything is a call by default. */
  kindOf?: (path: string) => RequestKind;
  limits?: EdgeLimits;
  addresses?: ClientAddresses;
  now?: () => number;
  onRefused?: (why: AdmissionRefusal, key: string) => void;
}): Promise<Listener> {
  const { host, limits = EDGE_LIMITS, addresses = createClientAddresses([]), onRefused = () => {} } = options;
  const { now = () => performance.now() } = options;
  const deadPeers = createDeadPeers();
  const origins = createOrigins({ addresses, now });
  const kindOf = options.kindOf ?? ((): RequestKind => "call");
  const admission = createAdmission({ limits, addresses, origins, kindOf, now, onRefused });
  const onSilent = (key: string | undefined): void => onRefused("headers_timeout", key ?? "proxy");
  const sessions = createHttp2Sessions({ limits, origins, now, onSilent });

  const later = createTurn();
  const handlerOf =
    (port: PortKind) =>
    (request: NodeRequest, response: NodeResponse): void => {
      const admitted = admission.request(request, response);
      if (!admitted) return;
      if ("stream" in request) later(() => options.handler(request, response, { port, admitted }), response);
      else options.handler(request, response, { port, admitted });
    };
  const http1Options: HttpOptions<typeof MeteredHttp1Request> = {
    ...HTTP1,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: limits.checkMs,
    keepAliveTimeout: limits.idleMs,
    IncomingMessage: MeteredHttp1Request,
  };
  const http2Options = {
    settings: HTTP2_SETTINGS,
    maxSessionMemory: SESSION_MEMORY_MB,
    streamResetBurst: RESET_BURST.burst,
    streamResetRate: RESET_BURST.perSecond,
    Http2ServerRequest: MeteredHttp2Request,
  };
  const plain = createHttpServer(http1Options, handlerOf("plain"));
  const http2 = createHttp2Server(http2Options, handlerOf("plain"));
  acceptHttp2({ http1: plain, http2, onHttp1: (socket) => deadPeers.watch(socket) });
  const secure =
    options.tls &&
    createSecureServer(
      {
        ...options.tls,
        ...http1Options,
        ...http2Options,
        Http1IncomingMessage: MeteredHttp1Request,
        allowHTTP1: true,
        handshakeTimeout: limits.handshakeMs,
      },
      handlerOf("tls"),
    );

  const sockets = new Set<Socket>();
  const ports = secure ? [plain, secure] : [plain];
  for (const server of ports) {
    guardConnections(server, (socket) => {
      if (!admission.connection(socket)) return false;
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      return true;
    });
  }
  for (const server of [http2, secure]) {
    server?.on("session", (session: ServerHttp2Session) => sessions.add(session));
    server?.on("sessionError", () => {}); // the session ends, which is all there is to do
  }
  plain.on("clientError", refuseMalformed);
  secure?.on("secureConnection", (socket: TLSSocket) => {
    if (socket.alpnProtocol !== "h2") deadPeers.watch(socket);
  });
  secure?.on("tlsClientError", () => {}); // somebody who doesn't speak TLS, or doesn't trust us
  const sweeping = setInterval(() => {
    admission.sweep();
    sessions.sweep();
  }, limits.checkMs).unref();

  try {
    await bind(plain, { host, port: options.port, backlog: BACKLOG });
    if (secure && options.tls) await bind(secure, { host, port: options.tls.port, backlog: BACKLOG });
  } catch (error) {
    plain.close();
    clearInterval(sweeping);
    deadPeers.close();
    throw error;
  }
  return {
    port: (plain.address() as AddressInfo).port,
    tlsPort: secure && (secure.address() as AddressInfo).port,
    get inUse() {
      return admission.inUse;
    },
    stopAccepting() {
      for (const server of ports) server.close();
      sessions.closeAll();
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
      clearInterval(sweeping);
      for (const socket of sockets) socket.destroy();
    },
  };
}

/**
 * Begins the work of HTTP/2 requests when everything that has arrived was looked at: a cancellation that came right behind its request is known then, and the work
 * is not begun. One turn of the event loop serves all requests that came in it.
 */
function createTurn(): (begin: () => void, response: NodeResponse) => void {
  let waiting: { begin: () => void; response: NodeResponse }[] = [];
  function beginAll(): void {
    const all = waiting;
    waiting = [];
    for (const { begin, response } of all) if (!isGone(response)) begin();
  }
  return (begin, response) => {
    if (waiting.length === 0) setImmediate(beginAll);
    waiting.push({ begin, response });
  };
}

/** Asks about each connection before anything else sees it. One that is refused is reset: it leaves nothing behind, not even a state in the kernel. */
function guardConnections(server: Server, admit: (socket: Socket) => boolean): void {
  const listeners = server.listeners("connection") as ((socket: Socket) => void)[];
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    if (!admit(socket)) return void socket.resetAndDestroy();
    for (const listener of listeners) listener.call(server, socket);
  });
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
