// Runs the worlds that it is told, one after another.
import { parentPort } from "node:worker_threads";
import { simulate, type Outcome, type SimulateOptions } from "../simulate.ts";

/** One world to run. */
export interface Job {
  readonly seed: number;
  readonly options: Pick<SimulateOptions, "activeMs" | "plan">;
}

/** What came of it: an outcome, or an error of the simulation itself. */
export type JobResult = { readonly outcome: Outcome } | { readonly seed: number; readonly error: string };

async function run({ seed, options }: Job): Promise<JobResult> {
  try {
    return { outcome: await simulate(seed, options) };
  } catch (error) {
    return { seed, error: (error as Error).stack ?? String(error) };
  }
}

parentPort?.on("message", (job: Job) => {
  void run(job).then((result) => parentPort?.postMessage(result));
});
