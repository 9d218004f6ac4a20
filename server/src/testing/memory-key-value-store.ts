import { ChatError } from "../errors.ts";
import type { Json, KeyValue, KeyValueChange, KeyValueEntry, KeyValueStore } from "../key-value.ts";

/** What a memory store holds. Stores made on the same memory are servers of one system. */
interface KeyValueMemory {
  readonly buckets: Map<string, BucketMemory>;
}

interface BucketMemory {
  revision: number;
  readonly entries: Map<string, KeyValueEntry>;
  readonly watchers: Set<Watcher>;
}

/** An operation about to be done, as `before` sees it. */
interface KeyValueOperation {
  readonly kind: "get" | "create" | "update" | "delete" | "erase";
  readonly bucket: string;
  readonly key: string;
}

/** A memory store, with what tests need to make trouble. */
interface MemoryKeyValueStore extends KeyValueStore {
  /** From now on watches of this store hear nothing, as with a lost connection. */
  disconnectWatches(): void;
  /**
   * Watches go on in the least helpful way an engine may: the whole bucket again and `current`, and no word of what was deleted
   * in between.
   */
  reconnectWatches(): void;
}

/** An empty memory. */
export function createKeyValueMemory(): KeyValueMemory {
  return { buckets: new Map() };
}

/**
 * A KeyValueStore in this process's memory, for tests: complete to the port's contract, nothing is durable.
 *
 * @param options.memory shared by the stores of several servers; a new one by default.
 * @param options.before is awaited before each operation: throw to fail it (a crash, a lost connection), wait to pause it there.
 */
export function createMemoryKeyValueStore(
  options: { memory?: KeyValueMemory; before?: (operation: KeyValueOperation) => void | Promise<void> } = {},
): MemoryKeyValueStore {
  const memory = options.memory ?? createKeyValueMemory();
  const before = options.before ?? (() => undefined);
  const own = new Map<Watcher, BucketMemory>();
  const closing = new AbortController();
  let connected = true;

  const open = (name: string): BucketMemory => {
    let bucket = memory.buckets.get(name);
    if (!bucket) memory.buckets.set(name, (bucket = { revision: 0, entries: new Map(), watchers: new Set() }));
    return bucket;
  };

  return {
    bucket: async (name) => {
      const data = open(name);
      const step = async (kind: KeyValueOperation["kind"], key: string): Promise<void> => {
        const bytes = Buffer.byteLength(key);
        if (bytes === 0 || bytes > 512) throw new ChatError("invalid_argument", "A key has 1 to 512 bytes.");
        await before({ kind, bucket: name, key });
        if (closing.signal.aborted) throw new ChatError("unavailable", "The store is closed.");
      };
      const set = (key: string, value: Json): number => {
        const entry = { key, value: structuredClone(value) as Json, revision: ++data.revision };
        data.entries.set(key, entry);
        for (const watcher of data.watchers) watcher.push({ state: "set", ...entry });
        return entry.revision;
      };
      return {
        async get(key) {
          await step("get", key);
          return data.entries.get(key);
        },
        async create(key, value) {
          await step("create", key);
          if (data.entries.has(key)) throw new ChatError("already_exists", `The key ${key} has a value.`);
          return set(key, value);
        },
        async update(key, value, revision) {
          await step("update", key);
          if (data.entries.get(key)?.revision !== revision)
            throw new ChatError("aborted", `The key ${key} has changed.`);
          return set(key, value);
        },
        async delete(key, revision) {
          await step("delete", key);
          const entry = data.entries.get(key);
          if (!entry) return;
          if (revision !== undefined && entry.revision !== revision) {
            throw new ChatError("aborted", `The key ${key} has changed.`);
          }
          data.revision++;
          data.entries.delete(key);
          for (const watcher of data.watchers) watcher.push({ state: "deleted", key });
        },
        async erase(key, revision) {
          await step("erase", key);
          const entry = data.entries.get(key);
          if (!entry) return;
          if (entry.revision !== revision) throw new ChatError("aborted", `The key ${key} has changed.`);
          data.entries.delete(key);
        },
        async *watch({ signal }) {
          const watcher = createWatcher();
          own.set(watcher, data);
          if (connected) attach(watcher, data);
          try {
            yield* watcher.changes(AbortSignal.any([signal, closing.signal]));
          } finally {
            own.delete(watcher);
            data.watchers.delete(watcher);
          }
        },
      } satisfies KeyValue;
    },
    close: async () => closing.abort(),
    disconnectWatches() {
      connected = false;
      for (const [watcher, data] of own) data.watchers.delete(watcher);
    },
    reconnectWatches() {
      connected = true;
      for (const [watcher, data] of own) attach(watcher, data);
    },
  };
}

interface Watcher {
  push(change: KeyValueChange): void;
  changes(signal: AbortSignal): AsyncIterable<KeyValueChange>;
}

function attach(watcher: Watcher, data: BucketMemory): void {
  for (const entry of data.entries.values()) watcher.push({ state: "set", ...entry });
  watcher.push({ state: "current" });
  data.watchers.add(watcher);
}

/** A queue without bound: what waits in it is what the test wrote. */
function createWatcher(): Watcher {
  const queue: KeyValueChange[] = [];
  let wake = (): void => undefined;
  return {
    push(change) {
      queue.push(change);
      wake();
    },
    async *changes(signal) {
      const onAbort = (): void => wake();
      signal.addEventListener("abort", onAbort);
      try {
        while (!signal.aborted) {
          const change = queue.shift();
          if (change) yield change;
          else await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        signal.removeEventListener("abort", onAbort);
      }
    },
  };
}
