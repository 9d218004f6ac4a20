import type { Logger } from "pino";

/** How often a long catch-up says how far it is. */
const PROGRESS_MS = 2_000;

/** Says now and then how far a long catch-up is: `note` takes the newest applied record and the one that ends it. */
export function createRebuildProgress(
  logger: Logger,
  now: () => number,
): { note(sequence: number, target: number): void } {
  let saidAt = now();
  let saidSequence = 0;
  return {
    note(sequence, target) {
      if (sequence > target || now() - saidAt < PROGRESS_MS) return;
      const recordsPerSecond = Math.round(((sequence - saidSequence) * 1_000) / (now() - saidAt));
      saidAt = now();
      saidSequence = sequence;
      logger.info(
        { records: sequence, of: target, percent: Math.floor((sequence * 100) / target), recordsPerSecond },
        "rebuilding the projection from the log",
      );
    },
  };
}
