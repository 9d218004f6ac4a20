import { basename } from "node:path";
import { ChatError } from "../../errors.ts";
import type { LogHead } from "./log-head-file.ts";

/** What is known of a log when it is opened. */
export interface LogEvidence {
  /** The log's file. */
  readonly path: string;
  /** What the file itself says now. */
  readonly log: LogHead;
  /** What its witness says; undefined where that is missing or unreadable. */
  readonly witness: LogHead | undefined;
  /** What the projection was made of; undefined where there is none. It may be another log's. */
  readonly applied: LogHead | undefined;
}

/** `proven`: this is the log that was. `unproven`: nobody can say, so it has to go by a new epoch and clients load anew. */
export type Continuity = "proven" | "unproven";

/**
 * Holds a log against what is known of it, so that no end of it is lost in silence.
 * @throws ChatError `data_loss` with what to do, when the log holds less than it did.
 */
export function judgeContinuity({ path, log, witness, applied }: LogEvidence): Continuity {
  if (witness && witness.epoch !== log.epoch) {
    throw lost(
      path,
      witness.sequence > 0 && log.sequence === 0
        ? `it is empty, though ${witness.sequence} records were stored`
        : "it is another log than the one that was here",
    );
  }
  const appliedSequence = applied?.epoch === log.epoch ? applied.sequence : undefined;
  const known = Math.max(witness?.sequence ?? 0, appliedSequence ?? 0);
  if (known > log.sequence) {
    throw lost(path, `it ends at record ${log.sequence}, though record ${known} was stored and acknowledged`);
  }
  return log.sequence === 0 || witness !== undefined || appliedSequence !== undefined ? "proven" : "unproven";
}

/** The error of a log that is not what it was. */
export function lost(path: string, why: string): ChatError {
  const name = basename(path);
  return new ChatError(
    "data_loss",
    `${path} lost records: ${why}. It or its write-ahead log ${name}-wal was damaged, cut off or exchanged.\n` +
      `Restore the data directory from a backup. To go on with the log as it is, start with --accept-new-log: log.head and\n` +
      `projection.db are then made again from it, and every client loads everything again.`,
  );
}
