/** Lets readers sleep until something has happened that concerns all of them. */
export interface Wakeup {
  /** Wakes everybody who waits now. */
  wake(): void;
  /** Resolves at the next wake or when the signal aborts. Look whether there is work first: what happened before is not told. */
  next(signal: AbortSignal): Promise<void>;
}

/** A {@link Wakeup} that keeps nothing between two waits, no listener and no timer. */
export function createWakeup(): Wakeup {
  const sleepers = new Set<() => void>();
  return {
    wake() {
      const woken = [...sleepers];
      sleepers.clear();
      for (const resume of woken) resume();
    },
    next(signal) {
      if (signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const resume = () => {
          sleepers.delete(resume);
          signal.removeEventListener("abort", resume);
          resolve();
        };
        sleepers.add(resume);
        signal.addEventListener("abort", resume);
      });
    },
  };
}
