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
        await turn(before, signal);
        return await run();
      } finally {
        resolve();
      }
    },
  };
}

/** Resolves with the one before; rejects as soon as the signal aborts. */
async function turn(before: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  if (signal === undefined) return void (await before);
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason as Error);
  signal.addEventListener("abort", abort, { once: true });
  try {
    await Promise.race([before, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
  signal.throwIfAborted();
}
