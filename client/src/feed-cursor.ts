import type { Environment } from "./environment.ts";
import { userPrefix, type ClientStorage } from "./storage.ts";

/** The feed's place in the log, in memory and, where the next run shall go on from it, in storage. */
export interface FeedCursor {
  /** As the server gave it; undefined before the first. */
  get(): string | undefined;
  /** The newest position that this run has taken, to tell repeats; 0 before the first. */
  readonly seq: number;
  set(cursor: string, seq: number): void;
  /** Takes the place of whoever signed in. */
  load(handle: string): void;
  /** Writes what is not yet written. */
  flush(): void;
}

const WRITE_INTERVAL_MS = 1_000;

/**
 * @param options.stored the first place at once, then at most once a second, so a crash may repeat the events of the last second on the next run; false: kept in
 * memory only
 */
export function createFeedCursor(options: {
  storage: ClientStorage;
  environment: Environment;
  stored: boolean;
}): FeedCursor {
  const { storage, environment, stored } = options;
  let key: string | undefined;
  let cursor: string | undefined;
  let seq = 0;
  let timer: unknown;

  function write(): void {
    environment.timers.clearTimeout(timer);
    timer = undefined;
    if (key === undefined) return;
    const written = cursor === undefined ? storage.delete(key) : storage.set(key, cursor);
    written.catch((error: unknown) => environment.logger.warn("cursor not stored", { error: String(error) }));
  }

  return {
    get: () => cursor,
    get seq() {
      return seq;
    },
    set(next, position) {
      seq = position;
      if (next === cursor) return;
      const isFirst = cursor === undefined;
      cursor = next;
      if (!stored || key === undefined) return;
      // The first one at once: a run that ends without any begins at the present the next time, and what came between is never told.
      if (isFirst) write();
      else timer ??= environment.timers.setTimeout(write, WRITE_INTERVAL_MS);
    },
    load(handle) {
      key = `${userPrefix(handle)}cursor`;
      seq = 0;
      const value = stored ? storage.get(key) : undefined;
      // What an earlier release stored was no string: then the next run begins at the present, and everything is loaded.
      cursor = typeof value === "string" && value !== "" ? value : undefined;
    },
    flush() {
      if (timer !== undefined) write();
    },
  };
}
