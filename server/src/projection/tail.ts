import type { Logger } from "pino";
import { delay, PLATFORM_TIMERS, type Timers } from "../environment.ts";
import { ChatError } from "../errors.ts";
import { createChainWalk, type SequencedRecord } from "../log/chain.ts";
import { assertContinues } from "../log/continuity.ts";
import { decodeRecord } from "../log/record-codec.ts";
import type { RecordLog } from "../log/record-log.ts";
import type { AppliedEvent, AppliedRecord, Projection } from "./projection.ts";
import { createRebuildProgress } from "./rebuild-progress.ts";
import { storageTroubleOf } from "./storage-trouble.ts";

/** Events applied in one turn at most, while the projection is far behind, and written to its file in one transaction. */
const BATCH_EVENTS = 4_096;

/**
 * How long applied events may wait to be written to the projection's file together. Reads don't wait for it, and what a crash takes is read from the log again; but a
 * transaction per record would be more than half of what a message costs.
 */
const COMMIT_AFTER_MS = 50;

/** How long after a failure for want of room the projection's file is tried again. */
const STORAGE_RETRY_MS = 1_000;

/** What may wait for room at most. Past it nothing more is applied, and the server takes no more events. */
const UNWRITTEN_MAX = { events: 2 * BATCH_EVENTS, bytes: 32 * 1024 * 1024 } as const;

/** How long the tail waits before it opens the log again after a failure that may pass. */
const REOPEN_MS = 1_000;

/** How long it waits where the log can't be followed any further until somebody mends it. */
const STOPPED_RETRY_MS = 3_000;

/** How often the log is held against what was applied, without any other reason. */
const COMPARE_MS = 3_000;

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
  /** Holds the log against what was applied, at once: there is reason to doubt that it is the same. */
  doubt(): void;
  /** Why the projection's file can't be written for now, in words for the operator. */
  storageTrouble(): string | undefined;
  /** Whether so much waits for room that the server may take no more events. */
  isHeldUp(): boolean;
  /** Stops reading; resolves when nothing is under way. Never rejects. */
  close(): Promise<void>;
}

/**
 * Starts the tail. Records that came in one turn of the event loop are applied in one batch; far behind, up to 4096 events are.
 * A projection whose file can't be written for want of room is tried again until it can; meanwhile what is applied is in memory (see {@link UNWRITTEN_MAX}).
 *
 * Before anything is applied, and whenever the log was out of reach, it is held against what was applied from it (`log/continuity.ts`): a log that went
 * back or was rewritten is not followed. A record whose anchor is not in the chain is void, once it is certain that the chain here is the log's.
 *
 * @param options.onStopped told when the log can't be followed (it went back, a hole, a foreign format): an alarm. Nothing is applied, and the tail looks again
 *   every few seconds, until `onGoingOn`. With code `internal` (a failed transaction) it is for good.
 * @param options.onGoingOn told when everything the log holds is applied after such a stop
 */
export function startTail(options: {
  log: RecordLog;
  projection: Projection;
  sinks: TailSinks;
  logger: Logger;
  now: () => number;
  onStopped: (error: ChatError) => void;
  onGoingOn?: () => void;
  timers?: Timers;
}): Tail {
  const { log, projection, sinks, logger, now, timers = PLATFORM_TIMERS } = options;
  const stop = new AbortController();
  const { signal } = stop;
  const caughtUp = Promise.withResolvers<void>();
  let buffer: SequencedRecord[] = [];
  let bufferedEvents = 0;
  let scheduled: unknown;
  let commitTimer: unknown;
  /** For good. */
  let broken = false;
  /** Why the log is not followed now, as it was told. */
  let stopped: ChatError | undefined;
  /** What the comparison in the background found; it ends the reading under way. */
  let found: ChatError | undefined;
  let reading = new AbortController();
  let comparing = false;
  let trouble: string | undefined;
  /** The newest record there was at start. */
  let goal: number | undefined;

  function breakOff(error: unknown): void {
    if (broken) return;
    broken = true;
    stop.abort();
    options.onStopped(new ChatError("internal", "An event could not be applied.", { cause: error }));
  }

  function stopBefore(error: ChatError): void {
    if (stopped?.message !== error.message) options.onStopped(error);
    stopped = error;
  }

  /** Everything that the log is known to hold is applied. */
  function arrive(): void {
    caughtUp.resolve();
    if (!stopped) return;
    stopped = undefined;
    options.onGoingOn?.();
  }

  /** @throws as `assertContinues`; what was read and not yet applied is dropped then */
  async function compare(): Promise<void> {
    try {
      await assertContinues(log, projection, { signal, timers });
    } catch (error) {
      if (error instanceof ChatError && error.code === "data_loss") {
        buffer = [];
        bufferedEvents = 0;
      }
      throw error;
    }
  }

  function doubt(): void {
    if (comparing || stopped || signal.aborted) return;
    comparing = true;
    compare()
      .catch((error: unknown) => {
        if (!(error instanceof ChatError) || error.code !== "data_loss") return; // can't be asked now: asked again in a moment
        found = error;
        reading.abort();
      })
      .finally(() => (comparing = false));
  }
  const comparison = timers.setInterval(doubt, COMPARE_MS);

  function isHeldUp(): boolean {
    if (trouble === undefined) return false;
    const { events, bytes } = UNWRITTEN_MAX;
    return projection.uncommitted + bufferedEvents >= events || projection.uncommittedBytes >= bytes;
  }

  function applyBuffer(): void {
    timers.clearImmediate(scheduled);
    scheduled = undefined;
    const records = buffer;
    if (records.length === 0 || broken) return;
    if (isHeldUp()) return; // after the next commit
    buffer = [];
    bufferedEvents = 0;
    try {
      const applied = projection.apply(records, sinks.publish);
      sinks.flush();
      for (const record of applied) sinks.settled(record);
      if (projection.uncommitted >= BATCH_EVENTS && trouble === undefined) commit();
      else commitTimer ??= timers.setTimeout(commit, COMMIT_AFTER_MS);
    } catch (error) {
      if (projection.isHalfway || !waitForStorage(error)) return breakOff(error);
      buffer = records; // nothing of them was applied
      bufferedEvents = records.reduce((sum, { content }) => sum + content.events.length, 0);
    }
  }

  /** Notes that the file can't be written for now, and tries again. Returns whether that is what the error says. */
  function waitForStorage(error: unknown): boolean {
    const found = storageTroubleOf(error);
    if (found === undefined) return false;
    if (trouble === undefined) logger.error({ err: error, alarm: "storage" }, found);
    trouble = found;
    timers.clearTimeout(commitTimer);
    commitTimer = signal.aborted ? undefined : timers.setTimeout(commit, STORAGE_RETRY_MS);
    return true;
  }

  function commit(): void {
    timers.clearTimeout(commitTimer);
    commitTimer = undefined;
    try {
      projection.commit();
    } catch (error) {
      if (!waitForStorage(error)) breakOff(error);
      return;
    }
    if (trouble === undefined) return;
    trouble = undefined;
    logger.info({ records: projection.sequence }, "the read model is written again");
    applyBuffer();
    if (goal !== undefined && projection.sequence >= goal) caughtUp.resolve();
  }

  const progress = createRebuildProgress(logger, now);

  async function follow(target: number): Promise<void> {
    goal = target;
    // What waits for room is read again.
    buffer = [];
    bufferedEvents = 0;
    const walk = createChainWalk(projection);
    reading = new AbortController();
    const ended = AbortSignal.any([signal, reading.signal]);
    for await (const { sequence, data } of log.read({ after: projection.sequence, signal: ended, verify: compare })) {
      if (data === undefined) {
        throw new ChatError("data_loss", `Record ${sequence} is missing from the log and was not erased on purpose.`);
      }
      const record = walk(sequence, decodeRecord(data));
      if (record.isVoid) {
        await compare(); // or it is this server that has another past
        logger.error(
          { alarm: "record-void", sequence, origin: record.content.origin, events: record.content.events.length },
          "a record was written on another past than the log's: nothing in it happens",
        );
      }
      while (isHeldUp() && !ended.aborted) {
        await delay(timers, STORAGE_RETRY_MS, { signal: ended }).catch(() => {}); // aborted: seen in the next line
      }
      if (ended.aborted) return;
      buffer.push(record);
      bufferedEvents += record.content.events.length;
      if (bufferedEvents >= BATCH_EVENTS || sequence === target) {
        applyBuffer();
        progress.note(projection.sequence, target);
        if (projection.sequence >= target) arrive();
      } else {
        scheduled ??= timers.setImmediate(applyBuffer);
      }
    }
  }

  async function run(): Promise<void> {
    let target: number | undefined;
    while (!signal.aborted) {
      try {
        applyBuffer();
        await compare();
        // One answer that is too low says nothing: what was applied has just been seen in the log.
        target ??= Math.max(await log.head({ signal }), projection.sequence);
        if (projection.sequence >= target) arrive();
        await follow(target);
        if (signal.aborted) return;
        if (!found) return; // the log was closed under the tail: nothing more will come
        const error = found;
        found = undefined;
        throw error;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof ChatError)) return breakOff(error);
        if (error.code === "unavailable") {
          logger.warn({ err: error }, "the log can't be read; trying again");
        } else {
          target = undefined;
          applyBuffer();
          stopBefore(error);
        }
        const waitMs = error.code === "unavailable" ? REOPEN_MS : STOPPED_RETRY_MS;
        await delay(timers, waitMs, { signal }).catch(() => {}); // aborted: the loop ends
      }
    }
  }
  const running = run();

  return {
    caughtUp: caughtUp.promise,
    doubt,
    storageTrouble: () => trouble,
    isHeldUp,
    async close() {
      timers.clearInterval(comparison);
      stop.abort();
      await running;
      applyBuffer();
      commit();
      timers.clearTimeout(commitTimer);
    },
  };
}
