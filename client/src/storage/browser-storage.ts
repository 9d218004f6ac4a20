import type { SyncAdapter } from "lowdb";
import { LocalStorage, SessionStorage } from "lowdb/browser";
import { createMutex, type Mutex } from "../mutex.ts";
import { SESSION_KEY, userPrefix, type ClientStorage } from "./storage.ts";

/** Before each key, so that other software on the same origin is left alone. */
const PREFIX = "chat:";

/** The parts of a window that are used. */
export type StorageWindow = Pick<
  Window,
  "localStorage" | "sessionStorage" | "addEventListener" | "removeEventListener"
> & {
  readonly navigator: { readonly locks?: LockManager };
};

type AreaName = "local" | "session";

/**
 * Keeps values in the browser: in `localStorage`, which all tabs share, or for those who don't want to be remembered in `sessionStorage`, which ends with the tab.
 * Where storage is blocked or full, values live as long as the page.
 */
export function createBrowserStorage(window: StorageWindow): ClientStorage {
  const areas: Record<AreaName, Storage | undefined> = {
    local: usable(() => window.localStorage),
    session: usable(() => window.sessionStorage),
  };
  /** What found no room. */
  const memory = new Map<string, unknown>();
  const mutexes = new Map<string, Mutex>();
  const listeners = new Set<(key: string, value: unknown) => void>();
  // A person who signed in for this tab alone finds the session there.
  let area: AreaName = areas.session?.getItem(PREFIX + SESSION_KEY) == null ? "local" : "session";

  /** Undefined where the browser forbids it. */
  function stored(key: string): SyncAdapter<unknown> | undefined {
    if (!areas[area]) return undefined;
    return area === "local" ? new LocalStorage<unknown>(PREFIX + key) : new SessionStorage<unknown>(PREFIX + key);
  }

  function read(key: string): unknown {
    if (memory.has(key)) return memory.get(key);
    try {
      return stored(key)?.read() ?? undefined;
    } catch {
      return undefined; // not ours, or half of it: as if it were not there
    }
  }

  function write(key: string, value: unknown): void {
    const adapter = stored(key);
    try {
      adapter?.write(value);
    } catch {
      return keep(key, value); // full: for this page alone
    }
    if (adapter) memory.delete(key);
    else keep(key, value);
  }

  function keep(key: string, value: unknown): void {
    memory.set(key, JSON.parse(JSON.stringify(value)));
  }

  function keysIn(where: AreaName, prefix: string): string[] {
    const storage = areas[where];
    const stored = storage ? Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? "") : [];
    const own = stored.filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length));
    const kept = where === area ? [...memory.keys()] : [];
    return [...new Set([...own, ...kept])].filter((key) => key.startsWith(prefix)).sort();
  }

  const onStorage = ({ key, newValue, storageArea }: StorageEvent): void => {
    if (area !== "local" || storageArea !== areas.local || key?.startsWith(PREFIX) !== true) return;
    const value = newValue === null ? undefined : (JSON.parse(newValue) as unknown);
    for (const listener of [...listeners]) listener(key.slice(PREFIX.length), value);
  };
  window.addEventListener("storage", onStorage);

  return {
    get: read,
    keys: (prefix) => keysIn(area, prefix),
    async set(key, value) {
      write(key, value);
    },
    async delete(key) {
      memory.delete(key);
      areas[area]?.removeItem(PREFIX + key);
    },
    async sync() {},
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    lock(name, run, options = {}) {
      const { locks } = window.navigator;
      // A tab of its own, or a page without a secure context: nobody else is there, or nothing can be asked.
      if (area === "local" && locks) {
        return locks.request(PREFIX + name, options.signal ? { signal: options.signal } : {}, run) as ReturnType<
          typeof run
        >;
      }
      let mutex = mutexes.get(name);
      if (!mutex) mutexes.set(name, (mutex = createMutex()));
      return mutex.run(run, options);
    },
    async remember(remembered, person) {
      const to: AreaName = remembered ? "local" : "session";
      if (to === area) return;
      const from = area;
      const isOccupied = areas[from]?.getItem(PREFIX + SESSION_KEY) != null;
      const moved = keysIn(from, userPrefix(person)).map((key) => [key, read(key)] as const);
      area = to;
      for (const [key, value] of moved) write(key, value);
      if (!isOccupied) for (const [key] of moved) areas[from]?.removeItem(PREFIX + key);
    },
    isShared: () => area === "local" && areas.local !== undefined,
    async flush() {},
    async close() {
      window.removeEventListener("storage", onStorage);
      listeners.clear();
    },
  };
}

/** Undefined where the browser forbids it. */
function usable(area: () => Storage): Storage | undefined {
  try {
    const storage = area();
    storage.setItem(`${PREFIX}probe`, "0"); // other tabs hear of it and parse it
    storage.removeItem(`${PREFIX}probe`);
    return storage;
  } catch {
    return undefined;
  }
}
