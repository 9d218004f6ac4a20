import type { ServerHttp2Session } from "node:http2";
import { PING_INTERVAL_MS, PING_TIMEOUT_MS } from "./limits.ts";

/** Pings an HTTP/2 peer now and then and drops the connection of one that no longer answers: TCP would notice after a quarter of an hour. */
export function watchPeer(session: ServerHttp2Session): void {
  let waiting: NodeJS.Timeout | undefined;
  const interval = setInterval(() => {
    if (session.destroyed || session.closed || waiting) return;
    waiting = setTimeout(() => session.destroy(), PING_TIMEOUT_MS);
    // False: too many pings are under way already, which the timer above takes care of.
    session.ping(() => {
      clearTimeout(waiting);
      waiting = undefined;
    });
  }, PING_INTERVAL_MS);
  interval.unref();
  session.once("close", () => {
    clearInterval(interval);
    clearTimeout(waiting);
  });
}
