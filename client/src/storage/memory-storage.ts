import { LowSync, MemorySync } from "lowdb";
import { createMutex, type Mutex } from "../mutex.ts";
import type { ClientStorage } from "./storage.ts";

/** What several memory storages share, as the tabs of a browser share its storage. */
export interface MemoryArea {
  readonly low: LowSync<Record<string, string>>;
  readonly locks: Map<string, Mutex>;
  readonly listeners: Set<{ readonly owner: object; readonly listener: (key: string, value: unknown) => void }>;
}

/** An area of its own for {@link createMemoryStorage}. */
export function createMemoryArea(): MemoryArea {
  return { low: new LowSync(new MemorySync(), {}), locks: new Map(), listeners: new Set() };
}

/** Keeps nothing beyond the process. Storages on one area see and hear each other. */
export function createMemoryStorage(area: MemoryArea = createMemoryArea()): ClientStorage {
  const owner = {};
  // Values go through JSON, as they do in the other adapters, so that nobody shares an object by accident.
  const parse = (text: string | undefined): unknown => (text === undefined ? undefined : JSON.parse(text));

  function tell(key: string): void {
    for (const other of [...area.listeners]) {
      if (other.owner !== owner) other.listener(key, parse(area.low.data[key]));
    }
  }

  return {
    get: (key) => parse(area.low.data[key]),
    keys: (prefix) =>
      Object.keys(area.low.data)
        .filter((key) => key.startsWith(prefix))
        .sort(),
    async set(key, value) {
      area.low.update((data) => (data[key] = JSON.stringify(value)));
      tell(key);
    },
    async delete(key) {
      if (!Object.hasOwn(area.low.data, key)) return;
      area.low.update((data) => delete data[key]);
      tell(key);
    },
    async sync() {},
    onChange(listener) {
      const entry = { owner, listener };
      area.listeners.add(entry);
      return () => void area.listeners.delete(entry);
    },
    lock(name, run, options) {
      const mutex = area.locks.get(name) ?? createMutex();
      area.locks.set(name, mutex);
      return mutex.run(run, options);
    },
    isShared: () => true,
    async flush() {},
    async close() {},
  };
}
