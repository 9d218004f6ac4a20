import type { Server as HttpServer } from "node:http";
import type { Http2Server } from "node:http2";
import { createServer, type Server } from "node:net";
import { CONNECTIONS_MAX, PREFACE_TIMEOUT_MS } from "./limits.ts";

/** What every HTTP/2 connection begins with (RFC 9113, 3.4); no HTTP/1.1 request does. */
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** A port that takes HTTP/1.1 and cleartext HTTP/2 with prior knowledge, and hands each connection to the server that speaks it. */
export function createPlainServer(servers: { http1: HttpServer; http2: Http2Server }): Server {
  const server = createServer({ noDelay: true, pauseOnConnect: false }, (socket) => {
    const timer = setTimeout(() => socket.destroy(), PREFACE_TIMEOUT_MS);
    const ignore = (): void => {}; // a connection that breaks before it said anything concerns nobody
    socket.on("error", ignore);
    const forget = (): void => clearTimeout(timer);
    socket.once("close", forget);
    let seen: Buffer = Buffer.alloc(0);
    const onReadable = (): void => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
      const kind = protocolOf(seen);
      if (kind === undefined) return;
      socket.removeListener("readable", onReadable);
      socket.removeListener("close", forget);
      clearTimeout(timer);
      socket.unshift(seen);
      // Both take over the connection itself; the HTTP/2 session reads what was put back, the HTTP/1.1 parser has to be set in motion.
      if (kind === "http2") {
        servers.http2.emit("connection", socket);
      } else {
        servers.http1.emit("connection", socket);
        socket.resume();
      }
      socket.removeListener("error", ignore);
    };
    socket.on("readable", onReadable);
  });
  server.maxConnections = CONNECTIONS_MAX;
  return server;
}

/** Undefined while it can't be told yet. */
function protocolOf(bytes: Buffer): "http1" | "http2" | undefined {
  const length = Math.min(bytes.length, PREFACE.length);
  if (PREFACE.compare(bytes, 0, length, 0, length) !== 0) return "http1";
  return length === PREFACE.length ? "http2" : undefined;
}
