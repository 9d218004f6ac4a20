import type { Environment } from "../environment.ts";
import { userPrefix, type ClientStorage } from "../storage/storage.ts";

/** The feed's place: the newest cursor of the stream, in memory and, where the next run shall go on from it, in storage. */
export interface FeedCursor {
  /** Opaque; empty: none, a stream begins now. */
  get(): string;
  set(cursor: string): void;
  /** Takes the place of the person who signed in. */
  load(person: number): void;
  /** Writes what is not yet written. */
  flush(): void;
}

const WRITE_INTERVAL_MS = 1_000;

/**
 * @param options.stored the first place at once, then at most once a second, so a crash may repeat the changes of the last second
 * on the next run; false: kept in memory only
 */
export function createFeedCursor(options: {
  storage: ClientStorage;
  environment: Environment;
  stored: boolean;
}): FeedCursor {
  const { storage, environment, stored } = options;
  let key: string | undefined;
  let cursor = "";
  let timer: unknown;

  function write(): void {
    environment.timers.clearTimeout(timer);
    timer = undefined;
    if (key === undefined) return;
    const written = cursor === "" ? storage.delete(key) : storage.set(key, cursor);
    written.catch((error: unknown) => environment.logger.warn("cursor not stored", { error: String(error) }));
  }

  return {
    get: () => cursor,
    set(next) {
      if (next === cursor) return;
      const isFirst = cursor === "";
      cursor = next;
      if (!stored || key === undefined) return;
      // The first one at once: a run that ends without any begins at the present the next time and misses what came between.
      if (isFirst) write();
      else timer ??= environment.timers.setTimeout(write, WRITE_INTERVAL_MS);
    },
    load(person) {
      key = person === 0 ? undefined : `${userPrefix(person)}cursor`;
      const value = stored && key !== undefined ? storage.get(key) : undefined;
      cursor = typeof value === "string" ? value : "";
    },
    flush() {
      if (timer !== undefined) write();
    },
  };
}
