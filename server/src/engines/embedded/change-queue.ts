import type { Json, KeyValueChange } from "../../key-value.ts";
import { createWakeup } from "../wakeup.ts";

/** A change of one entry; `json` undefined: it was removed. */
export interface EntryChange {
  readonly key: string;
  readonly revision: number;
  readonly json: string | undefined;
}

/** Changes on their way to one watcher. Holds at most one per key, the newest, so it is bounded by the bucket. */
export interface ChangeQueue {
  push(change: EntryChange): void;
  /** What waits now, then ends. */
  waiting(signal: AbortSignal): Generator<KeyValueChange>;
  /** Everything pushed before, then everything pushed later, until the signal aborts. */
  drain(signal: AbortSignal): AsyncGenerator<KeyValueChange>;
}

/** Makes an empty {@link ChangeQueue}. */
export function createChangeQueue(): ChangeQueue {
  const waiting = new Map<string, EntryChange>();
  const wakeup = createWakeup();

  function* take(changes: readonly EntryChange[], signal: AbortSignal): Generator<KeyValueChange> {
    for (const change of changes) {
      if (signal.aborted) return;
      if (waiting.get(change.key) !== change) continue; // a newer one waits further on
      waiting.delete(change.key);
      yield toChange(change);
    }
  }

  return {
    waiting: (signal) => take([...waiting.values()], signal),
    push(change) {
      waiting.delete(change.key); // so that it goes to the end: changes leave in the order of their revisions
      waiting.set(change.key, change);
      wakeup.wake();
    },
    async *drain(signal) {
      while (!signal.aborted) {
        const next = waiting.values().next();
        if (next.done) {
          await wakeup.next(signal);
          continue;
        }
        waiting.delete(next.value.key);
        yield toChange(next.value);
      }
    },
  };
}

/** What a watcher is told of a change. Each watcher gets a value of its own, so none can alter what others see. */
export function toChange({ key, revision, json }: EntryChange): KeyValueChange {
  if (json === undefined) return { state: "deleted", key };
  return { state: "set", key, revision, value: JSON.parse(json) as Json };
}
