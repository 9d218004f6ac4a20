import { delay, PLATFORM_TIMERS, type Timers } from "../environment.ts";

/**
 * Waits until a record of the log is applied here. Gives whether it is.
 * @param bounds in ms: how long at most, and how often to look
 */
export async function waitForRecord(
  applied: { readonly sequence: number },
  record: number,
  { maxMs, lookMs }: { readonly maxMs: number; readonly lookMs: number },
  timers: Timers = PLATFORM_TIMERS,
): Promise<boolean> {
  for (let waited = 0; applied.sequence < record; waited += lookMs) {
    if (waited >= maxMs) return false;
    await delay(timers, lookMs);
  }
  return true;
}
