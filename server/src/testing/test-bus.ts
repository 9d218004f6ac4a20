import type { Bus } from "../bus.ts";

/** A bus among the servers of one test, whatever the subject. */
export function createTestBus(): Bus {
  const readers = new Set<(data: Uint8Array) => void>();
  return {
    publish: (_, data) => readers.forEach((read) => read(data)),
    async *subscribe(_, { signal }) {
      const queue: Uint8Array[] = [];
      let wake = Promise.withResolvers<void>();
      const read = (data: Uint8Array): void => {
        queue.push(data);
        wake.resolve();
      };
      readers.add(read);
      signal.addEventListener("abort", () => wake.resolve());
      while (!signal.aborted) {
        const next = queue.shift();
        if (next) {
          yield next;
          continue;
        }
        await wake.promise;
        wake = Promise.withResolvers();
      }
      readers.delete(read);
    },
    close: () => Promise.resolve(),
  };
}
