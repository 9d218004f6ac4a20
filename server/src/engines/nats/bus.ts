import type { NatsConnection } from "@nats-io/transport-node";
import type { Bus } from "../../bus.ts";
import { createSignalQueue, type SignalQueue } from "../signal-queue.ts";

/** A {@link Bus} on core NATS. What is published without a connection may be lost, which is what signals are for. */
export function createNatsBus({ connection }: { connection: NatsConnection }): Bus {
  const queues = new Set<SignalQueue>();
  let closed = false;
  return {
    publish(subject, data) {
      try {
        connection.publish(subject, data);
      } catch {
        // Closed or draining: nobody listens any more.
      }
    },
    subscribe(subject, { signal, limit }) {
      if (signal.aborted || closed || connection.isClosed())
        return createSignalQueue({ signal: AbortSignal.abort(), onEnd() {} });
      const subscription = connection.subscribe(subject, {
        callback: (error, message) => {
          if (!error) queue.push(message.data);
        },
      });
      const queue = createSignalQueue({
        signal,
        ...(limit === undefined ? {} : { limit }),
        onEnd() {
          queues.delete(queue);
          subscription.unsubscribe();
        },
      });
      queues.add(queue);
      return queue;
    },
    async close() {
      closed = true;
      for (const queue of [...queues]) queue.end();
    },
  };
}
