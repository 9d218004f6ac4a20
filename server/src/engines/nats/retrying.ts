import { setTimeout as delay } from "node:timers/promises";
import { fromNatsError, mayPass } from "./nats-error.ts";
import { RETRY_MS } from "./timing.ts";

/**
 * Tries until it works, fails for good, or `maxMs` have passed since the first try.
 * @param what stands in the error: "to store a message"
 * @throws ChatError; the signal's reason on abort
 */
export async function retrying<T>(
  work: (attempt: number) => Promise<T>,
  options: { maxMs: number; what: string; signal?: AbortSignal },
): Promise<T> {
  const { maxMs, what, signal } = options;
  const deadline = performance.now() + maxMs;
  for (let attempt = 0; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await work(attempt);
    } catch (error) {
      if (!mayPass(error) || performance.now() + RETRY_MS >= deadline) throw fromNatsError(error, what);
      await delay(RETRY_MS, undefined, signal ? { signal } : {});
    }
  }
}
