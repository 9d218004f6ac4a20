/** Exponential backoff with full jitter: a random time between nothing and a bound that doubles with each attempt. */
export interface BackoffOptions {
  readonly baseMs: number;
  readonly capMs: number;
  readonly random: () => number;
}

/** How long to wait before try number `attempt` (0 is the first repeat), in milliseconds. */
export function backoffMs(attempt: number, { baseMs, capMs, random }: BackoffOptions): number {
  return Math.round(random() * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30)));
}
