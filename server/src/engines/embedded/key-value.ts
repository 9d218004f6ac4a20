import { join } from "node:path";
import type { Low } from "lowdb";
import { ChatError } from "../../errors.ts";
import type { Json, KeyValue, KeyValueStore } from "../../key-value.ts";
import { checkBucketName, checkKey } from "../key-value-names.ts";
import { openBucketFile, type BucketState } from "./bucket-file.ts";
import { createChangeQueue, toChange, type ChangeQueue, type EntryChange } from "./change-queue.ts";
import { makePrivateDirectory } from "./durable-file.ts";
import { fromFileError } from "./file-error.ts";

/** A {@link KeyValueStore} of one JSON file per bucket in a directory that this process alone uses. */
export async function createEmbeddedKeyValueStore({ directory }: { directory: string }): Promise<KeyValueStore> {
  await makePrivateDirectory(directory);
  const buckets = new Map<string, Promise<KeyValue & { flushed(): Promise<void> }>>();
  const closing = new AbortController();

  return {
    async bucket(name) {
      let bucket = buckets.get(name);
      if (!bucket) {
        checkBucketName(name);
        bucket = openBucketFile(join(directory, `${name}.json`)).then((low) => createBucket(low, closing.signal));
        bucket.catch(() => buckets.delete(name)); // the caller is told; the next one tries again
        buckets.set(name, bucket);
      }
      return bucket;
    },

    async close() {
      closing.abort();
      const opened = await Promise.allSettled(buckets.values());
      await Promise.all(opened.flatMap((bucket) => (bucket.status === "fulfilled" ? [bucket.value.flushed()] : [])));
    },
  };
}

/** A change that waits for its place on the disk. */
interface Pending extends PromiseWithResolvers<void> {
  readonly change: EntryChange;
}

/**
 * One bucket. Changes are checked against `low.data`, which is ahead of the disk while a write is under way; what others are
 * shown, `stored`, never is. Changes that come during a write share the next one.
 */
function createBucket(low: Low<BucketState>, closing: AbortSignal): KeyValue & { flushed(): Promise<void> } {
  const stored = new Map(low.data.entries);
  const watchers = new Set<ChangeQueue>();
  const waiting: Pending[] = [];
  let flushing = Promise.resolve();
  let isFlushing = false;

  function save(key: string, json: string | undefined): Promise<number> {
    const { entries } = low.data;
    const revision = ++low.data.revision;
    entries.delete(key); // so that entries are in the order of their revisions
    if (json !== undefined) entries.set(key, { revision, json });
    const pending: Pending = { change: { key, revision, json }, ...Promise.withResolvers<void>() };
    waiting.push(pending);
    if (!isFlushing) flushing = flush();
    return pending.promise.then(() => revision);
  }

  async function flush(): Promise<void> {
    isFlushing = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0);
      try {
        await low.write();
        for (const { change } of batch) settle(change);
        for (const pending of batch) pending.resolve();
      } catch (error) {
        // What was accepted meanwhile was checked against a state that never came to be, so it fails as well.
        low.data = { revision: low.data.revision, entries: new Map(stored) };
        for (const pending of [...batch, ...waiting.splice(0)]) pending.reject(fromFileError(error));
      }
    }
    isFlushing = false;
  }

  function settle(change: EntryChange): void {
    const { key, revision, json } = change;
    stored.delete(key);
    if (json !== undefined) stored.set(key, { revision, json });
    for (const watcher of watchers) watcher.push(change);
  }

  /**
   * Tells of a conflict only when `get` shows what it is with: whoever reads and tries again at once would otherwise read the same, for ever,
   * and never let the write under way come to its end.
   */
  async function refuse(code: "aborted" | "already_exists", message: string): Promise<never> {
    await flushing;
    throw new ChatError(code, message);
  }
  const changed = () => refuse("aborted", "It has changed in the meantime.");

  function admit(key: string): void {
    checkKey(key);
    if (closing.aborted) throw new ChatError("unavailable", "The server is shutting down.");
  }

  return {
    async get(key) {
      admit(key);
      const entry = stored.get(key);
      return entry && { key, revision: entry.revision, value: JSON.parse(entry.json) as Json };
    },

    async create(key, value) {
      admit(key);
      if (low.data.entries.has(key)) return refuse("already_exists", "There is an entry under this key.");
      return save(key, JSON.stringify(value));
    },

    async update(key, value, revision) {
      admit(key);
      if (low.data.entries.get(key)?.revision !== revision) return changed();
      return save(key, JSON.stringify(value));
    },

    async delete(key, revision) {
      admit(key);
      const entry = low.data.entries.get(key);
      if (!entry) return flushing; // its removal may still be on the way
      if (revision !== undefined && entry.revision !== revision) return changed();
      await save(key, undefined);
    },

    async *watch({ signal }) {
      const ended = AbortSignal.any([signal, closing]);
      const queue = createChangeQueue();
      const current = [...stored].map(([key, entry]) => toChange({ key, ...entry }));
      watchers.add(queue);
      try {
        for (const change of current) {
          if (ended.aborted) return;
          yield change;
        }
        if (ended.aborted) return;
        yield { state: "current" };
        yield* queue.drain(ended);
      } finally {
        watchers.delete(queue);
      }
    },

    flushed: () => flushing,
  };
}
