import { delay, PLATFORM_TIMERS, type Timers } from "../environment.ts";

/** How often the log is asked before its word is taken, and how long between two times. */
const ASKS = 3;
const ASK_PAUSE_MS = 1_000;

/**
 * Whether a record is beyond the end of the log for certain. One answer is not enough for that: a NATS node that led the log, was frozen and goes on, answers
 * what was asked of it meanwhile with the end it knew, before it learns that another one leads. It learns so within a heartbeat. An end that is high enough needs no second
 * answer: no log grows shorter.
 */
export async function isBeyondEnd(
  sequence: number,
  log: { head(options?: { signal?: AbortSignal }): Promise<number> },
  options: { signal?: AbortSignal; timers?: Timers } = {},
): Promise<boolean> {
  for (let asked = 1; ; asked++) {
    if (sequence <= (await log.head(options))) return false;
    if (asked === ASKS) return true;
    await delay(options.timers ?? PLATFORM_TIMERS, ASK_PAUSE_MS, options);
  }
}
