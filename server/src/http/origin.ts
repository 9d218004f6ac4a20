import type { Http2Session, ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import { networkOf } from "../limits/network.ts";
import type { NodeRequest } from "../wire/node-http.ts";
import type { ClientAddresses } from "./client-address.ts";

/** A connection as requests see it: who is at its other end, and what goes on. */
export interface Origin {
  /** What its requests are counted by; undefined where a trusted proxy forwards those of many clients. */
  readonly key: string | undefined;
  /** Requests that are open, and those there ever were. */
  open: number;
  begun: number;
  /** When the last request began or ended, or the connection was opened. */
  busyAt: number;
  /** Requests taken back since the window began. */
  resets: number;
  resetsSince: number;
  resetsEver: number;
  readonly connection: Socket | Http2Session;
}

/** Remembers the origin of each connection, so that an address is worked out once and not for every request. */
export interface Origins {
  /** Of an HTTP/1.1 connection by its socket, of an HTTP/2 one by its session. */
  of(connection: Socket | Http2Session): Origin;
  /** Makes the streams of a session known from their beginning: one that was reset no longer tells its session. */
  follow(session: ServerHttp2Session): void;
  ofRequest(request: NodeRequest): Origin;
  /** What a request is counted by. */
  keyOf(request: NodeRequest, origin: Origin): string;
}

export function createOrigins(options: { addresses: ClientAddresses; now: () => number }): Origins {
  const { addresses, now } = options;
  const origins = new WeakMap<object, Origin>();
  const of = (connection: Socket | Http2Session): Origin => {
    let origin = origins.get(connection);
    if (!origin) {
      const socket = "socket" in connection ? connection.socket : connection;
      const address = addresses.ofConnection(socket ?? {});
      const key = addresses.isProxy(address) ? undefined : networkOf(address);
      const time = now();
      origin = { key, open: 0, begun: 0, busyAt: time, resets: 0, resetsSince: time, resetsEver: 0, connection };
      origins.set(connection, origin);
    }
    return origin;
  };
  const ofStreams = new WeakMap<object, Origin>();
  return {
    of,
    follow(session) {
      const origin = of(session);
      // Before the server's own listener, which hands the request out.
      session.prependListener("stream", (stream) => void ofStreams.set(stream, origin));
    },
    ofRequest: (request) => ("stream" in request ? ofStreams.get(request.stream) : undefined) ?? of(request.socket),
    keyOf: (request, { key }) => key ?? networkOf(addresses.of(request)),
  };
}
