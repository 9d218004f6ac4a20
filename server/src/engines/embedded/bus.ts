import type { Bus } from "../../bus.ts";
import { createSignalQueue, type SignalQueue } from "../signal-queue.ts";

/** A {@link Bus} within this process. */
export function createEmbeddedBus(): Bus {
  const listeners = new Map<string, Set<SignalQueue>>();
  let closed = false;

  return {
    publish(subject, data) {
      for (const queue of listeners.get(subject) ?? []) queue.push(data);
    },

    subscribe(subject, { signal, limit }) {
      const listening = listeners.get(subject) ?? new Set();
      const queue = createSignalQueue({
        signal,
        ...(limit === undefined ? {} : { limit }),
        onEnd() {
          listening.delete(queue);
          if (listening.size === 0 && listeners.get(subject) === listening) listeners.delete(subject);
        },
      });
      if (closed) queue.end();
      else if (!signal.aborted) listeners.set(subject, listening.add(queue));
      return queue;
    },

    async close() {
      closed = true;
      for (const queue of [...listeners.values()].flatMap((listening) => [...listening])) queue.end();
    },
  };
}
