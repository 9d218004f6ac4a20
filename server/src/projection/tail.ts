import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { ChatError } from "../errors.ts";
import { isBeyondEnd } from "../log/beyond-end.ts";
import { decodeRecord } from "../log/record-codec.ts";
import type { RecordLog } from "../log/record-log.ts";
import type { AppliedEvent, AppliedRecord, Projection, SequencedRecord } from "./projection.ts";

/** Events applied in one turn at most, while the projection is far behind, and written to its file in one transaction. */
const BATCH_EVENTS = 4_096;

/**
 * How long applied events may wait to be written to the projection's file together. Reads don't wait for it, and what a crash takes is read from the log again; but a
 * transaction per record would be more than half of what a message costs.
 */
const COMMIT_AFTER_MS = 50;

/** How often a long catch-up says how far it is. */
const PROGRESS_MS = 2_000;

/** How long the tail waits before it opens the log again after a failure that may pass. */
const REOPEN_MS = 1_000;

/** What the tail hands on, in log order. */
export interface TailSinks {
  /** Each accepted event, as it is applied. */
  readonly publish: (applied: AppliedEvent) => void;
  /** After each batch: write to the streams. */
  readonly flush: () => void;
  /** What each record came to, after its batch. */
  readonly settled: (applied: AppliedRecord) => void;
}

/** Follows the whole log, once, and applies it. */
export interface Tail {
  /** Resolves when everything the log held at start is applied. */
  readonly caughtUp: Promise<void>;
  /** Stops reading; resolves when nothing is under way. Never rejects. */
  close(): Promise<void>;
}

/**
 * Starts the tail. Records that came in one turn of the event loop are applied in one batch; far behind, up to 4096 events are.
 * @param onBroken told once when the log can't be followed any further (a hole, a foreign format, a failed transaction): an alarm. Nothing
 *   is applied after it.
 */
export function startTail(options: {
  log: RecordLog;
  projection: Projection;
  sinks: TailSinks;
  logger: Logger;
  now: () => number;
  onBroken: (error: ChatError) => void;
}): Tail {
  const { log, projection, sinks, logger, now } = options;
  const stop = new AbortController();
  const { signal } = stop;
  const caughtUp = Promise.withResolvers<void>();
  let buffer: SequencedRecord[] = [];
  let bufferedEvents = 0;
  let scheduled: NodeJS.Immediate | undefined;
  let commitTimer: NodeJS.Timeout | undefined;
  let broken = false;

  function breakOff(error: unknown): void {
    if (broken) return;
    broken = true;
    stop.abort();
    const cause =
      error instanceof ChatError
        ? error
        : new ChatError("internal", "An event could not be applied.", { cause: error });
    options.onBroken(cause);
  }

  function applyBuffer(): void {
    if (scheduled) clearImmediate(scheduled);
    scheduled = undefined;
    const records = buffer;
    buffer = [];
    bufferedEvents = 0;
    if (records.length === 0 || broken) return;
    try {
      const applied = projection.apply(records, sinks.publish);
      sinks.flush();
      for (const record of applied) sinks.settled(record);
      if (projection.uncommitted >= BATCH_EVENTS) commit();
      else commitTimer ??= setTimeout(commit, COMMIT_AFTER_MS);
    } catch (error) {
      breakOff(error);
    }
  }

  function commit(): void {
    clearTimeout(commitTimer);
    commitTimer = undefined;
    try {
      projection.commit();
    } catch (error) {
      breakOff(error);
    }
  }

  const progress = createProgress(logger, now);

  async function follow(target: number): Promise<void> {
    const after = buffer.at(-1)?.sequence ?? projection.sequence;
    for await (const { sequence, data } of log.read({ after, signal })) {
      if (data === undefined) {
        throw new ChatError("data_loss", `Record ${sequence} is missing from the log and was not erased on purpose.`);
      }
      const content = decodeRecord(data);
      buffer.push({ sequence, content });
      bufferedEvents += content.events.length;
      if (bufferedEvents >= BATCH_EVENTS || sequence === target) {
        applyBuffer();
        progress.note(projection.sequence, target);
        if (projection.sequence >= target) caughtUp.resolve();
      } else {
        scheduled ??= setImmediate(applyBuffer);
      }
    }
  }

  async function run(): Promise<void> {
    let target: number | undefined;
    while (!signal.aborted) {
      try {
        target ??= await log.head({ signal });
        if (target < projection.sequence) {
          if (await isBeyondEnd(projection.sequence, log, { signal })) {
            throw new ChatError(
              "data_loss",
              `The log ends at record ${target}, but record ${projection.sequence} was applied: the log lost records.`,
            );
          }
          target = projection.sequence;
        }
        if (projection.sequence === target) caughtUp.resolve();
        await follow(target);
        // The log was closed under the tail: nothing more will come.
        if (!signal.aborted) return;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof ChatError) || error.code !== "unavailable") return breakOff(error);
        logger.warn({ err: error }, "the log can't be read; trying again");
        await delay(REOPEN_MS, undefined, { signal }).catch(() => {}); // aborted: the loop ends
      }
    }
  }
  const running = run();

  return {
    caughtUp: caughtUp.promise,
    async close() {
      stop.abort();
      await running;
      applyBuffer();
      commit();
    },
  };
}

/** Says now and then how far a long catch-up is. */
function createProgress(logger: Logger, now: () => number): { note(sequence: number, target: number): void } {
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
