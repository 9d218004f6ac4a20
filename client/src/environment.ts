import { v7 as newId } from "uuid";

/** Runs things later. The default is the platform's own; tests pass theirs. */
export interface Timers {
  setTimeout(run: () => void, delayMs: number): unknown;
  clearTimeout(handle: unknown): void;
}

/** Takes what went wrong without anybody being told otherwise. Never message text or tokens. */
export interface ClientLogger {
  warn(message: string, details?: Readonly<Record<string, unknown>>): void;
}

/** What the SDK takes from the outside world, passed to each part. */
export interface Environment {
  /** ms since 1970 */
  readonly now: () => number;
  /** At least 0, less than 1. */
  readonly random: () => number;
  /** Makes UUIDs that grow with time. */
  readonly ids: () => string;
  readonly timers: Timers;
  readonly logger: ClientLogger;
}

/** The platform's clock, randomness, ids and timers, and a logger that says nothing; each can be replaced. */
export function createEnvironment(parts: { [K in keyof Environment]?: Environment[K] | undefined } = {}): Environment {
  return {
    now: parts.now ?? Date.now,
    random: parts.random ?? Math.random,
    ids: parts.ids ?? (() => newId()),
    timers: parts.timers ?? {
      setTimeout: (run, delayMs) => setTimeout(run, delayMs),
      clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
    },
    logger: parts.logger ?? { warn: () => {} },
  };
}
