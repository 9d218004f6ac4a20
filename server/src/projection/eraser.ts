import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { EventSchema } from "@chat/proto/chat/log/v1/event";
import type { Logger } from "pino";
import { withoutTexts } from "../domain/fold.ts";
import { PLATFORM_TIMERS, type Timers } from "../environment.ts";
import { ChatError } from "../errors.ts";
import { recordOf } from "../log/cursor-codec.ts";
import { EVENTS_PER_RECORD } from "../log/position.ts";
import { decodeRecord, encodeReplacement } from "../log/record-codec.ts";
import type { RecordLog } from "../log/record-log.ts";
import type { Erasure } from "./erasures.ts";
import type { Projection } from "./projection.ts";

/** How often the eraser looks for work. */
const LOOK_MS = 1_000;

/** Events of one look. */
const BATCH_EVENTS = 512;

/**
 * After this long it is looked again whether the texts are still gone: another server that erased something else of the same record at the same time may have
 * put back what this one had erased.
 */
export const CHECK_AGAIN_MS = 60_000;

/** Takes texts out of the log that events asked to erase. */
export interface Eraser {
  /** Does what is due now. Resolves with the number of events that were erased. */
  look(): Promise<number>;
  /** Stops; resolves when nothing is under way. Never rejects. */
  close(): Promise<void>;
}

/**
 * Every server erases, whichever gets to it; doing it again changes nothing. What is to be erased stands in the projection, in the transaction of the event that
 * asks for it, and goes from there when the log has been seen without it twice: so a crash at any point only means that it is looked again.
 * @param options.now ms since 1970
 */
export function startEraser(options: {
  log: Pick<RecordLog, "get" | "replace">;
  projection: Pick<Projection, "erasures" | "scrub">;
  logger: Logger;
  now: () => number;
  timers?: Timers;
}): Eraser {
  const { log, projection, logger, now, timers = PLATFORM_TIMERS } = options;
  const { erasures } = projection;
  let running: Promise<number> | undefined;
  let closed = false;

  async function eraseIn(record: number, due: readonly Erasure[]): Promise<number> {
    const stored = await log.get(record);
    if (!stored) throw new ChatError("data_loss", `Record ${record} is missing: nothing can be erased in it.`);
    const content = decodeRecord(stored);
    let count = 0;
    const events = [...content.events];
    for (const { seq } of due) {
      const index = seq % EVENTS_PER_RECORD;
      const bytes = events[index];
      const blank = bytes && withoutTexts(fromBinary(EventSchema, bytes));
      if (!blank) continue;
      events[index] = toBinary(EventSchema, blank);
      count++;
    }
    if (count > 0) await log.replace(record, encodeReplacement({ ...content, events }));
    const seqs = due.map(({ seq }) => seq);
    // Seen erased before, and still so: nobody put it back.
    if (count === 0 && due.every(({ wasErased }) => wasErased)) erasures.done(seqs);
    else erasures.seenErased(seqs, now());
    return count;
  }

  async function eraseDue(): Promise<number> {
    const byRecord = Map.groupBy(erasures.due(now() - CHECK_AGAIN_MS, BATCH_EVENTS), ({ seq }) => recordOf(seq));
    let count = 0;
    for (const [record, due] of byRecord) {
      if (closed) break;
      count += await eraseIn(record, due);
    }
    // The read model's own file and its write-ahead log may still hold what its rows no longer do, also where another server was faster with the log.
    if (byRecord.size > 0) projection.scrub();
    return count;
  }

  function look(): Promise<number> {
    return (running ??= eraseDue().finally(() => (running = undefined)));
  }

  const timer = timers.setInterval(() => {
    look().catch((error: unknown) =>
      logger.warn({ err: error }, "texts could not be erased from the log; tried again"),
    );
  }, LOOK_MS);

  return {
    look,
    async close() {
      closed = true;
      timers.clearInterval(timer);
      await running?.catch(() => {}); // told already
    },
  };
}
