import type { Environment } from "./environment.ts";
import { userPrefix, type ClientStorage } from "./storage.ts";

/** A position in one log: everything up to `seq` has been taken. Opaque beyond comparing seqs of one epoch. */
export interface Cursor {
  readonly epoch: string;
  readonly seq: number;
}

/** The feed's place in the log, in memory and, where the next run shall go on from it, in storage. */
export interface FeedCursor {
  get(): Cursor | undefined;
  set(cursor: Cursor | undefined): void;
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
  let cursor: Cursor | undefined;
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
    set(next) {
      const isFirst = cursor === undefined;
      cursor = next;
      if (!stored || key === undefined) return;
      // The first one at once: a run that ends without any begins at the present the next time, and what came between is never told.
      if (isFirst) write();
      else timer ??= environment.timers.setTimeout(write, WRITE_INTERVAL_MS);
    },
    load(handle) {
      key = `${userPrefix(handle)}cursor`;
      cursor = stored ? toCursor(storage.get(key)) : undefined;
    },
    flush() {
      if (timer !== undefined) write();
    },
  };
}

function toCursor(value: unknown): Cursor | undefined {
  const cursor = value as Partial<Cursor> | undefined;
  return typeof cursor?.epoch === "string" && typeof cursor.seq === "number"
    ? { epoch: cursor.epoch, seq: cursor.seq }
    : undefined;
}
