import { ChatError } from "../../errors.ts";
import type { Json, KeyValue, KeyValueStore } from "../../key-value.ts";
import { checkBucketName, checkKey } from "../key-value-names.ts";
import { type ChangeQueue, createChangeQueue, type EntryChange, toChange } from "./change-queue.ts";
import { type EntryTable, openEntryTable } from "./entry-table.ts";

/** Entries that a watch reads at a time while it tells the bucket as it is. */
const PAGE_ENTRIES = 512;

/** A change that waits for the transaction at the end of its turn. */
interface Pending extends PromiseWithResolvers<void> {
  readonly bucket: string;
  readonly change: EntryChange;
}

/**
 * A {@link KeyValueStore} in one SQLite file. Changes of one turn of the event loop share a transaction and its fsync, and are answered after it. Readers
 * and watches are told of a change once it is on the disk, never before.
 *
 * @param options.path the database
 * @param options.headPath its witness (`log-head-file.ts`)
 * @throws ChatError `data_loss` when a file is damaged or lost entries, `failed_precondition` when a newer release wrote it.
 */
export function createEmbeddedKeyValueStore(options: { path: string; headPath: string }): KeyValueStore {
  const table = openEntryTable(options);
  const closing = new AbortController();
  const buckets = new Map<string, KeyValue>();
  const watchers = new Map<string, Set<ChangeQueue>>();
  let pending: Pending[] = [];
  /** The newest pending change of each entry. */
  const newest = new Map<string, EntryChange>();
  /** Resolves after the transaction that the pending changes go into, however it ends. */
  let turn: PromiseWithResolvers<void> | undefined;
  let { revision } = table;

  function save(bucket: string, key: string, json: string | undefined): Promise<number> {
    const change: EntryChange = { key, revision: ++revision, json };
    const waiting: Pending = { bucket, change, ...Promise.withResolvers<void>() };
    pending.push(waiting);
    newest.set(placeOf(bucket, key), change);
    if (!turn) {
      turn = Promise.withResolvers<void>();
      setImmediate(writePending);
    }
    return waiting.promise.then(() => change.revision);
  }

  function writePending(): void {
    const batch = pending;
    const ended = turn;
    pending = [];
    turn = undefined;
    newest.clear();
    try {
      if (batch.length > 0) table.write(batch);
      for (const { bucket, change } of batch) for (const watcher of watchers.get(bucket) ?? []) watcher.push(change);
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    ended?.resolve();
  }

  return {
    async bucket(name) {
      let bucket = buckets.get(name);
      if (!bucket) {
        checkBucketName(name);
        const own = new Set<ChangeQueue>();
        watchers.set(name, own);
        bucket = createBucket({
          name,
          table,
          watchers: own,
          closing: closing.signal,
          save: (key, json) => save(name, key, json),
          newest: (key) => newest.get(placeOf(name, key)),
          written: () => turn?.promise ?? Promise.resolve(),
        });
        buckets.set(name, bucket);
      }
      return bucket;
    },

    async close() {
      if (closing.signal.aborted) return;
      closing.abort();
      writePending();
      table.close();
    },
  };
}

/** No bucket has a "/" in its name. */
const placeOf = (bucket: string, key: string): string => `${bucket}/${key}`;

function createBucket(options: {
  name: string;
  table: EntryTable;
  watchers: Set<ChangeQueue>;
  closing: AbortSignal;
  save: (key: string, json: string | undefined) => Promise<number>;
  /** The newest change of a key that is not written yet. */
  newest: (key: string) => EntryChange | undefined;
  /** Resolves when nothing of now waits to be written. */
  written: () => Promise<void>;
}): KeyValue {
  const { name, table, watchers, closing, save, newest, written } = options;

  /** Revision of the entry once all that waits is written; undefined where there will be none. */
  function revisionOf(key: string): number | undefined {
    const change = newest(key);
    if (change) return change.json === undefined ? undefined : change.revision;
    return table.get(name, key)?.revision;
  }

  /** Tells of a conflict only when `get` shows the entry that it is with, so that a caller who reads and tries again gets on. */
  async function refuse(code: "aborted" | "already_exists", message: string): Promise<never> {
    await written();
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
      const entry = table.get(name, key);
      return entry && { key, revision: entry.revision, value: JSON.parse(entry.json) as Json };
    },

    async create(key, value) {
      admit(key);
      if (revisionOf(key) !== undefined) return refuse("already_exists", "There is an entry under this key.");
      return save(key, JSON.stringify(value));
    },

    async update(key, value, revision) {
      admit(key);
      if (revisionOf(key) !== revision) return changed();
      return save(key, JSON.stringify(value));
    },

    async delete(key, revision) {
      admit(key);
      const found = revisionOf(key);
      if (found === undefined) return written(); // its removal may be among what waits
      if (revision !== undefined && found !== revision) return changed();
      await save(key, undefined);
    },

    async erase(key, revision) {
      admit(key);
      const found = revisionOf(key);
      if (found !== undefined && found !== revision) return changed();
      if (found === undefined) await written();
      else await save(key, undefined);
      table.scrub();
    },

    async *watch({ signal }) {
      const ended = AbortSignal.any([signal, closing]);
      const queue = createChangeQueue();
      watchers.add(queue); // before the first page: a change between two pages is in the queue
      try {
        const until = table.revision;
        let position = 0;
        while (!ended.aborted) {
          const page = table.page(name, { after: position, until, limit: PAGE_ENTRIES });
          for (const entry of page) {
            if (ended.aborted) return;
            position = entry.revision;
            yield toChange(entry);
          }
          if (page.length < PAGE_ENTRIES) break;
        }
        yield* queue.waiting(ended);
        if (ended.aborted) return;
        yield { state: "current" };
        yield* queue.drain(ended);
      } finally {
        watchers.delete(queue);
      }
    },
  };
}
