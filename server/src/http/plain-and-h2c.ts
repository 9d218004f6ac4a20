import type { Server as HttpServer } from "node:http";
import type { Http2Server } from "node:http2";
import type { Socket } from "node:net";
import { PREFACE_TIMEOUT_MS } from "./limits.ts";

/** What every HTTP/2 connection begins with (RFC 9113, 3.4); no HTTP/1.1 request does. */
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/**
 * Makes the HTTP/1.1 server's port take cleartext HTTP/2 with prior knowledge as well: each connection goes to the server that speaks it. The port stays the
 * HTTP/1.1 server's own, for only a server that listens watches over its timeouts and its idle connections.
 */
export function acceptHttp2(options: {
  http1: HttpServer;
  http2: Http2Server;
  /** Told each connection that turns out to be HTTP/1.1. */
  onHttp1: (socket: Socket) => void;
}): void {
  const { http1, http2 } = options;
  const toHttp1 = http1.listeners("connection") as ((socket: Socket) => void)[];
  http1.removeAllListeners("connection");
  http1.on("connection", (socket: Socket) => {
    const timer = setTimeout(() => socket.destroy(), PREFACE_TIMEOUT_MS);
    const ignore = (): void => {}; // a connection that breaks before it said anything concerns nobody
    socket.on("error", ignore);
    const forget = (): void => clearTimeout(timer);
    socket.once("close", forget);
    const leave = (): void => void socket.destroy(); // a peer that closes before it said anything wants nothing
    socket.once("end", leave);
    let seen: Buffer = Buffer.alloc(0);
    const onReadable = (): void => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
      const kind = protocolOf(seen);
      if (kind === undefined) return;
      socket.removeListener("readable", onReadable);
      socket.removeListener("close", forget);
      socket.removeListener("end", leave);
      clearTimeout(timer);
      socket.unshift(seen);
      // Both take over the connection itself; the HTTP/2 session reads what was put back, the HTTP/1.1 parser has to be set in motion.
      if (kind === "http2") {
        // HTTP/1.1 servers leave their half open when the peer closes its own. For HTTP/2 that would keep streams of a peer that is gone until a ping misses it.
        socket.allowHalfOpen = false;
        http2.emit("connection", socket);
      } else {
        options.onHttp1(socket);
        for (const listener of toHttp1) listener.call(http1, socket);
        socket.resume();
      }
      socket.removeListener("error", ignore);
    };
    socket.on("readable", onReadable);
  });
}

/** Undefined while it can't be told yet. */
function protocolOf(bytes: Buffer): "http1" | "http2" | undefined {
  const length = Math.min(bytes.length, PREFACE.length);
  if (PREFACE.compare(bytes, 0, length, 0, length) !== 0) return "http1";
  return length === PREFACE.length ? "http2" : undefined;
}
