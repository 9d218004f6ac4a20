import type { Timers } from "../environment.ts";

/** A clock that stands still until it is told to go on. */
export interface FakeTime {
  readonly now: () => number;
  readonly timers: Timers;
  /** Goes on by so much: runs what is due in between, in order, and lets promises settle after each. */
  advance(ms: number): Promise<void>;
  /** How long until each timer that is set, in ms, ascending. */
  pending(): number[];
}

/** Lets everything that waits for promises alone come to rest. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Time for tests. */
export function createFakeTime(start = 1_700_000_000_000): FakeTime {
  let time = start;
  let nextId = 1;
  const entries = new Map<number, { readonly at: number; readonly run: () => void }>();

  const earliest = (limit: number) =>
    [...entries].filter(([, { at }]) => at <= limit).sort(([one, a], [other, b]) => a.at - b.at || one - other)[0];

  return {
    now: () => time,
    timers: {
      setTimeout(run, delayMs) {
        const id = nextId++;
        entries.set(id, { at: time + delayMs, run });
        return id;
      },
      clearTimeout: (id) => void entries.delete(id as number),
    },
    async advance(ms) {
      const end = time + ms;
      await settled();
      for (let next = earliest(end); next; next = earliest(end)) {
        const [id, { at, run }] = next;
        entries.delete(id);
        time = Math.max(time, at);
        run();
        await settled();
      }
      time = end;
    },
    pending: () => [...entries.values()].map(({ at }) => at - time).sort((one, other) => one - other),
  };
}
