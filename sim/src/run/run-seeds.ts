import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Outcome } from "../simulate.ts";
import type { Job, JobResult } from "./worker.ts";

/** What came of many worlds. */
export interface Tally {
  readonly worlds: number;
  readonly failed: readonly Outcome[];
  readonly reached: ReadonlyMap<string, number>;
  readonly virtualMs: number;
  readonly steps: number;
  readonly acknowledged: number;
  readonly deliveries: number;
}

/**
 * Runs a world for each seed, several at a time.
 * @param options.isLate asked before each further world: whether to stop
 * @param options.onOutcome told of each world as it ends
 * @throws Error where the simulation itself breaks, with the seed
 */
export async function runSeeds(options: {
  seeds: Iterable<number>;
  jobs: number;
  activeMs: number;
  isLate?: () => boolean;
  onOutcome?: (outcome: Outcome) => void;
}): Promise<Tally> {
  const { jobs, activeMs, isLate = () => false } = options;
  const seeds = options.seeds[Symbol.iterator]();
  const reached = new Map<string, number>();
  const failed: Outcome[] = [];
  const sums = { worlds: 0, virtualMs: 0, steps: 0, acknowledged: 0, deliveries: 0 };

  function take(outcome: Outcome): void {
    sums.worlds++;
    sums.virtualMs += outcome.virtualMs;
    sums.steps += outcome.steps;
    sums.acknowledged += outcome.acknowledged;
    sums.deliveries += outcome.deliveries;
    for (const [what, times] of outcome.reached) reached.set(what, (reached.get(what) ?? 0) + times);
    if (outcome.violations.length > 0) failed.push(outcome);
    options.onOutcome?.(outcome);
  }

  async function work(): Promise<void> {
    const worker = new Worker(new URL("worker.ts", import.meta.url));
    try {
      for (;;) {
        const next = isLate() ? undefined : seeds.next();
        if (!next || next.done) return;
        worker.postMessage({ seed: next.value, options: { activeMs } } satisfies Job);
        const [result] = (await once(worker, "message")) as [JobResult];
        if ("error" in result)
          throw new Error(`the world of seed ${result.seed} broke the simulation: ${result.error}`);
        take(result.outcome);
      }
    } finally {
      await worker.terminate();
    }
  }

  await Promise.all(Array.from({ length: jobs }, work));
  return { ...sums, failed: failed.sort((one, other) => one.seed - other.seed), reached };
}
