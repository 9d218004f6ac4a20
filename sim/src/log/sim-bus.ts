import type { Bus } from "../../../server/src/bus.ts";
import type { Link } from "../net/link.ts";
import type { Machine } from "../world/machine.ts";

/** Signals that wait for a reader, unless it says otherwise. */
const LIMIT = 1_024;

/** What carries signals between the servers of a world. */
export interface BusMedium {
  readonly readers: Set<(subject: string, data: Uint8Array) => void>;
}

/** Nobody listens yet. */
export function createBusMedium(): BusMedium {
  return { readers: new Set() };
}

/** The bus as one server reaches it. Each signal may be lost on the way to each reader. */
export function createSimBus(options: { medium: BusMedium; machine: Machine; link: Link; losePerMille: number }): Bus {
  const { medium, machine, link, losePerMille } = options;
  const closing = new AbortController();

  return {
    publish(subject, data) {
      if (closing.signal.aborted) return;
      link.there(() => medium.readers.forEach((read) => read(subject, data)));
    },
    async *subscribe(subject, { signal, limit = LIMIT }) {
      const ended = AbortSignal.any([signal, closing.signal]);
      const queue: Uint8Array[] = [];
      let wake = (): void => undefined;
      const read = (of: string, data: Uint8Array): void => {
        if (of !== subject || machine.chance.int(0, 999) < losePerMille) return;
        link.back(() =>
          machine.at(0, () => {
            queue.push(data);
            if (queue.length > limit) queue.shift();
            wake();
          }),
        );
      };
      const onAbort = (): void => wake();
      medium.readers.add(read);
      ended.addEventListener("abort", onAbort);
      try {
        while (!ended.aborted) {
          const data = queue.shift();
          if (data) yield data;
          else await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        ended.removeEventListener("abort", onAbort);
        medium.readers.delete(read);
      }
    },
    close() {
      closing.abort();
      return Promise.resolve();
    },
  };
}
