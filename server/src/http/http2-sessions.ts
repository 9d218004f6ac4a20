import type { ServerHttp2Session } from "node:http2";
import type { EdgeLimits } from "./edge-limits.ts";
import { watchPeer } from "./http2-ping.ts";
import type { Origins } from "./origin.ts";

/** The open HTTP/2 connections. */
export interface Http2Sessions {
  add(session: ServerHttp2Session): void;
  /** Closes those that are idle: no request is open, and none came for too long. */
  sweep(): void;
  /** Lets open requests end and takes no more. */
  closeAll(): void;
}

/**
 * Gives HTTP/2 connections the limits that Node gives HTTP/1.1 ones by itself: a first request in good time, and an end when nothing goes on. A header block that
 * begins and never ends keeps the peer from answering pings, so one that stops in the middle of a later request ends by {@link watchPeer}.
 */
export function createHttp2Sessions(options: {
  limits: Pick<EdgeLimits, "headersMs" | "idleMs">;
  origins: Origins;
  now: () => number;
  onSilent: (key: string | undefined) => void;
}): Http2Sessions {
  const { limits, origins, now } = options;
  const sessions = new Set<ServerHttp2Session>();
  return {
    add(session) {
      sessions.add(session);
      origins.follow(session);
      session.once("close", () => sessions.delete(session));
      watchPeer(session);
    },
    sweep() {
      const time = now();
      for (const session of sessions) {
        const { key, open, begun, busyAt } = origins.of(session);
        if (open > 0 || time - busyAt < (begun === 0 ? limits.headersMs : limits.idleMs)) continue;
        if (begun === 0) options.onSilent(key);
        // One that was told to go at the last sweep and is still here reads nothing.
        if (session.closed || begun === 0) session.destroy();
        else session.close();
      }
    },
    closeAll() {
      for (const session of sessions) session.close();
    },
  };
}
