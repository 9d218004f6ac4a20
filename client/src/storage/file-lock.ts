import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { createMutex, type Mutex } from "../mutex.ts";

/** How often a process that waits for another one looks again. */
const POLL_MS = 25;
const SQLITE_BUSY = 5;

/** Locks between the processes that share a file. */
export interface FileLocks {
  /** See `ClientStorage.lock`. */
  run<T>(name: string, run: () => Promise<T>, options?: { signal?: AbortSignal | undefined }): Promise<T>;
  close(): void;
}

/**
 * A lock is an open transaction of an SQLite file beside the shared one: the system drops it with the process, however it ends, so no lock is ever left
 * over. Within this process a mutex comes first.
 */
export function createFileLocks(path: string): FileLocks {
  const mutexes = new Map<string, Mutex>();
  const databases = new Map<string, DatabaseSync>();

  function database(name: string): DatabaseSync {
    let opened = databases.get(name);
    if (!opened) {
      opened = new DatabaseSync(`${path}.${name}.lock`);
      databases.set(name, opened);
    }
    return opened;
  }

  async function acquire(name: string, signal: AbortSignal | undefined): Promise<DatabaseSync> {
    for (;;) {
      signal?.throwIfAborted();
      const lock = database(name);
      try {
        lock.exec("BEGIN EXCLUSIVE");
        return lock;
      } catch (error) {
        if (((error as { errcode?: number }).errcode ?? 0) % 256 !== SQLITE_BUSY) throw error;
        try {
          await delay(POLL_MS, undefined, signal ? { signal } : {});
        } catch (aborted) {
          throw signal?.aborted ? signal.reason : aborted;
        }
      }
    }
  }

  return {
    run(name, run, options = {}) {
      let mutex = mutexes.get(name);
      if (!mutex) mutexes.set(name, (mutex = createMutex()));
      return mutex.run(async () => {
        const lock = await acquire(name, options.signal);
        try {
          return await run();
        } finally {
          if (lock.isOpen) lock.exec("ROLLBACK");
        }
      }, options);
    },
    close() {
      for (const lock of databases.values()) lock.close();
      databases.clear();
    },
  };
}
