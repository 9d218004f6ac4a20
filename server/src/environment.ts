import { randomBytes, randomUUID } from "node:crypto";

/** Runs things later. The default is the platform's own; a simulation passes its own. */
export interface Timers {
  setTimeout(run: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
  /** Again and again. Keeps no process alive. */
  setInterval(run: () => void, everyMs: number): unknown;
  clearInterval(timer: unknown): void;
  /** At the end of this turn of the event loop. */
  setImmediate(run: () => void): unknown;
  clearImmediate(timer: unknown): void;
}

/** What a server takes from the machine that it runs on: time and chance. */
export interface Environment {
  /** ms since 1970 */
  readonly now: () => number;
  /** ms of a clock that never goes back. */
  readonly monotonic: () => number;
  /** At least 0, less than 1. */
  readonly random: () => number;
  /** Makes ids that nobody can guess: UUIDs. */
  readonly ids: () => string;
  /** Makes so many bytes that nobody can guess. */
  readonly randomBytes: (count: number) => Uint8Array;
  readonly timers: Timers;
}

/** Node's own timers. */
export const PLATFORM_TIMERS: Timers = {
  setTimeout: (run, delayMs) => setTimeout(run, delayMs),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
  setInterval: (run, everyMs) => setInterval(run, everyMs).unref(),
  clearInterval: (timer) => clearInterval(timer as NodeJS.Timeout),
  setImmediate: (run) => setImmediate(run),
  clearImmediate: (timer) => clearImmediate(timer as NodeJS.Immediate),
};

/** Node's own clock, chance and timers. */
export const PLATFORM: Environment = {
  now: Date.now,
  monotonic: () => performance.now(),
  random: Math.random,
  ids: randomUUID,
  randomBytes,
  timers: PLATFORM_TIMERS,
};

/** Resolves after at least so long. @throws the signal's reason on abort */
export function delay(timers: Timers, delayMs: number, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const onAbort = (): void => {
      timers.clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = timers.setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, delayMs);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** Resolves at the end of this turn of the event loop. */
export function nextTurn(timers: Timers): Promise<void> {
  return new Promise((resolve) => timers.setImmediate(resolve));
}
