import { Code, ConnectError } from "@connectrpc/connect";
import { PLATFORM_TIMERS, type Timers } from "../environment.ts";

/** The longest that Node's timers can wait: longer ones would fire at once. */
export const TIMER_MAX_MS = 2 ** 31 - 1;

/**
 * Calls `expire` with what the caller is told when a call's time is over. Returns what ends the wait. Without a timeout nothing is waited for; Node
 * keeps the timers of one length in one list.
 */
export function startDeadline(
  timeoutMs: number | undefined,
  expire: (error: ConnectError) => void,
  timers: Timers = PLATFORM_TIMERS,
): () => void {
  if (timeoutMs === undefined) return () => {};
  const timer = timers.setTimeout(
    () => expire(new ConnectError("the operation timed out", Code.DeadlineExceeded)),
    Math.min(timeoutMs, TIMER_MAX_MS),
  );
  return () => timers.clearTimeout(timer);
}
