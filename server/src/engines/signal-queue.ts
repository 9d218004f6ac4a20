import { createWakeup } from "./wakeup.ts";

/** Signals that may wait for one reader when it says nothing else. */
export const DEFAULT_SIGNAL_LIMIT = 1024;

/** What stands between a publisher that never waits and a reader that may be slow. */
export interface SignalQueue extends AsyncIterable<Uint8Array> {
  /** Adds one; past the limit the oldest goes. */
  push(data: Uint8Array): void;
  /** Ends the iteration, what waits is dropped. */
  end(): void;
}

/**
 * A bounded queue that drops its oldest signal on overflow, for one reader. The iteration ends without an error on `end` or when the
 * signal aborts; `onEnd` is called once then, or when the reader leaves.
 */
export function createSignalQueue(options: { signal: AbortSignal; limit?: number; onEnd: () => void }): SignalQueue {
  const { signal, limit = DEFAULT_SIGNAL_LIMIT, onEnd } = options;
  const waiting: Uint8Array[] = [];
  const wakeup = createWakeup();
  let ended = signal.aborted; // then it never began, and onEnd is not called

  function end() {
    if (ended) return;
    ended = true;
    waiting.length = 0;
    signal.removeEventListener("abort", end);
    wakeup.wake();
    onEnd();
  }
  if (!ended) signal.addEventListener("abort", end);

  return {
    push(data) {
      if (ended) return;
      if (waiting.length >= limit) waiting.shift();
      waiting.push(data);
      wakeup.wake();
    },
    end,
    async *[Symbol.asyncIterator]() {
      try {
        while (!ended) {
          const data = waiting.shift();
          if (data !== undefined) yield data;
          else await wakeup.next(signal);
        }
      } finally {
        end();
      }
    },
  };
}
