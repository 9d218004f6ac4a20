import { setTimeout as delay } from "node:timers/promises";

/** The part of an atom that waiting needs. */
export interface Observable<Value> {
  get(): Value;
  listen(listener: (value: Value) => void): () => void;
}

/** The first value, present or to come, that satisfies. Rejects with the signal's reason; leaves no listener. */
export async function settled<Value>(
  atom: Observable<Value>,
  satisfies: (value: Value) => boolean,
  signal: AbortSignal,
): Promise<Value> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Value>();
  const onAbort = () => reject(signal.reason as Error);
  signal.addEventListener("abort", onAbort, { once: true });
  // Listens before it looks, so that no change falls between.
  const stop = atom.listen((value) => satisfies(value) && resolve(value));
  const present = atom.get();
  if (satisfies(present)) resolve(present);
  try {
    return await promise;
  } finally {
    stop();
    signal.removeEventListener("abort", onAbort);
  }
}

/** Sentinel of {@link within}. */
export const TIMED_OUT = Symbol("timed out");

/** What the promise gives, or {@link TIMED_OUT}. Rejects with the signal's reason; leaves no timer. */
export async function within<Value>(
  promise: Promise<Value>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Value | typeof TIMED_OUT> {
  signal.throwIfAborted();
  const done = new AbortController();
  const timer: Promise<typeof TIMED_OUT> = delay<typeof TIMED_OUT>(timeoutMs, TIMED_OUT, {
    signal: AbortSignal.any([signal, done.signal]),
  }).catch((error: unknown) => {
    // Ended because the race is over: nobody looks at this any more.
    if (done.signal.aborted) return TIMED_OUT;
    throw signal.aborted ? signal.reason : error;
  });
  try {
    return await Promise.race([promise, timer]);
  } finally {
    done.abort();
  }
}
