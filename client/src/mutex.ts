/** Runs one at a time, in the order asked. */
export interface Mutex {
  /** @throws the signal's reason when it aborts while waiting; else what `run` throws */
  run<T>(run: () => Promise<T>, options?: { signal?: AbortSignal | undefined }): Promise<T>;
}

/** A mutex for one process. */
export function createMutex(): Mutex {
  let tail: Promise<unknown> = Promise.resolve();
  return {
    async run(run, { signal } = {}) {
      const before = tail;
      const { promise, resolve } = Promise.withResolvers<void>();
      tail = before.then(() => promise);
      try {
        await before;
        signal?.throwIfAborted();
        return await run();
      } finally {
        resolve();
      }
    },
  };
}
