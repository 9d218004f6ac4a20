import pLimit, { type LimitFunction } from "p-limit";
import { ChatError } from "../errors.ts";

/** Runs work one after another per key, and side by side for different keys. */
export interface KeyedQueue {
  /** @throws ChatError `resource_exhausted` with `retryAfterMs` when too much waits for that key. */
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
  /** Keys with work under way. */
  readonly size: number;
}

/** @param options.waitingMax work that may wait behind what runs, per key. */
export function createKeyedQueue(options: { waitingMax: number; retryAfterMs: number }): KeyedQueue {
  const queues = new Map<string, { readonly limit: LimitFunction; users: number }>();

  return {
    get size() {
      return queues.size;
    },
    async run(key, work) {
      let queue = queues.get(key);
      if (!queue) queues.set(key, (queue = { limit: pLimit(1), users: 0 }));
      if (queue.users > options.waitingMax) {
        throw new ChatError("resource_exhausted", "Too many attempts at once. Try again in a moment.", {
          details: { retryAfterMs: options.retryAfterMs },
        });
      }
      queue.users++;
      try {
        return await queue.limit(work);
      } finally {
        if (--queue.users === 0) queues.delete(key);
      }
    },
  };
}
