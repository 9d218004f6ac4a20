import pLimit from "p-limit";
import type { Logger } from "pino";
import { delay, PLATFORM_TIMERS, type Timers } from "../environment.ts";
import { ChatError } from "../errors.ts";
import type { Json, KeyValue, KeyValueEntry } from "../key-value.ts";

/** Longest wait before a failed watch is opened again. */
const REOPEN_MAX_MS = 5_000;

/** Look-ups under way at once when the view is compared with the bucket. */
const SWEEP_CONCURRENCY = 16;

/** A bucket in memory, parsed, kept by a watch. Reads are synchronous and may be behind by the watch's delay. */
export interface BucketView<T> {
  /** Resolves when the view has caught up for the first time. @throws ChatError `unavailable` when it was closed before. */
  readonly ready: Promise<void>;
  readonly size: number;
  get(key: string): T | undefined;
  /** Oldest write first. */
  entries(): Iterable<readonly [string, T]>;
  /** Takes over what this server wrote or read itself, ahead of the watch. An older revision than the known one is ignored. */
  put(entry: KeyValueEntry): void;
  /** Takes over a deletion of this server, ahead of the watch. */
  remove(key: string): void;
  /** Stops the watch. Never rejects. */
  close(): Promise<void>;
}

/**
 * Follows a bucket. A watch that fails is opened again. At each `current` everything known that the watch has not just told is
 * looked up in the bucket, and taken out where it is gone: nothing that was deleted while no one could tell stays.
 *
 * @param options.parse what of a stored value is kept; undefined leaves the entry out (it counts as removed).
 * @param options.onSet after each change that is newer than what was known.
 * @param options.onRemoved once for a key that was here and is gone.
 * @param options.onAbsent for each key the bucket says is gone, whether it was here or not.
 */
export function createBucketView<T>(options: {
  bucket: KeyValue;
  logger: Logger;
  parse: (value: Json, key: string) => T | undefined;
  onSet?: (key: string, value: T) => void;
  onRemoved?: (key: string, value: T) => void;
  onAbsent?: (key: string) => void;
  timers?: Timers | undefined;
}): BucketView<T> {
  const { bucket, logger, parse, timers = PLATFORM_TIMERS } = options;
  const known = new Map<string, { readonly value: T; readonly revision: number }>();
  const ready = Promise.withResolvers<void>();
  // Whoever needs the view awaits `ready`; when nobody does, a close before the first `current` is no event.
  ready.promise.catch(() => undefined);
  const stop = new AbortController();

  const remove = (key: string): void => {
    const entry = known.get(key);
    known.delete(key);
    options.onAbsent?.(key);
    if (entry) options.onRemoved?.(key, entry.value);
  };

  const put = (entry: KeyValueEntry): void => {
    const before = known.get(entry.key);
    if (before && before.revision >= entry.revision) return;
    const value = parse(entry.value, entry.key);
    if (value === undefined) {
      if (before) remove(entry.key);
      return;
    }
    known.delete(entry.key);
    known.set(entry.key, { value, revision: entry.revision });
    options.onSet?.(entry.key, value);
  };

  const sweep = async (told: ReadonlySet<string>): Promise<void> => {
    const check = async (key: string): Promise<void> => {
      const entry = await bucket.get(key);
      if (entry) put(entry);
      else remove(key);
    };
    const missing = [...known.keys()].filter((key) => !told.has(key));
    await pLimit(SWEEP_CONCURRENCY).map(missing, check);
  };

  const follow = async (): Promise<void> => {
    for (let waitMs = 100; !stop.signal.aborted; waitMs = Math.min(waitMs * 2, REOPEN_MAX_MS)) {
      try {
        // Until the first `current` of a watch all it tells is the bucket as it is; later that can't be told from live changes.
        const told = new Set<string>();
        let first = true;
        for await (const change of bucket.watch({ signal: stop.signal })) {
          if (change.state === "set") {
            if (first) told.add(change.key);
            put(change);
          } else if (change.state === "deleted") {
            told.delete(change.key);
            remove(change.key);
          } else {
            await sweep(told);
            told.clear();
            first = false;
            waitMs = 100;
            ready.resolve();
          }
        }
        return;
      } catch (error) {
        if (stop.signal.aborted) return;
        logger.warn({ err: error }, "a watch failed and is opened again");
        // Only an abort ends this wait early, and then the loop ends.
        await delay(timers, waitMs, { signal: stop.signal }).catch(() => undefined);
      }
    }
  };
  const following = follow().finally(() =>
    ready.reject(new ChatError("unavailable", "The store was closed before it could be read.")),
  );

  return {
    ready: ready.promise,
    get size() {
      return known.size;
    },
    get: (key) => known.get(key)?.value,
    *entries() {
      for (const [key, { value }] of known) yield [key, value];
    },
    put,
    remove,
    async close() {
      stop.abort();
      await following;
    },
  };
}
