import { delay, PLATFORM_TIMERS, type Timers } from "../environment.ts";
import { ChatError } from "../errors.ts";
import { isBeyondEnd } from "./beyond-end.ts";
import { type AppliedChain, nextChain, sameChain } from "./chain.ts";
import { storedDigest } from "./record-codec.ts";
import type { RecordLog } from "./record-log.ts";

/** How often a record that should be there is asked for, and how long between two times: a NATS node that was frozen answers with what it knew. */
const ASKS = 3;
const ASK_PAUSE_MS = 1_000;

/**
 * Holds the log against what was applied from it: the newest applied record is read again and has to be the same one. Since each record's
 * place in the chain hangs on all before it, that proves the whole past.
 *
 * @throws ChatError `data_loss` in words for the operator when the log went back, was written anew or lost that record; what the log throws
 *   when it can't be asked
 */
export async function assertContinues(
  log: Pick<RecordLog, "get" | "head">,
  applied: AppliedChain,
  options: { signal?: AbortSignal; timers?: Timers } = {},
): Promise<void> {
  const { sequence } = applied;
  if (sequence === 0) return;
  const before = applied.chainAt(sequence - 1);
  const here = applied.chainAt(sequence);
  if (!before || !here) throw new Error(`the chain of record ${sequence} is not known`);
  for (let asked = 1; ; asked++) {
    const data = await log.get(sequence, options);
    if (data) {
      if (sameChain(nextChain(before, sequence, storedDigest(data)), here)) return;
      throw new ChatError(
        "data_loss",
        `the log went back and was written on: its record ${sequence} is not the one that was applied here`,
      );
    }
    if (await isBeyondEnd(sequence, log, options)) {
      const head = await log.head(options);
      throw new ChatError(
        "data_loss",
        `the log went back: record ${sequence} was applied here, the log ends at record ${head}`,
      );
    }
    if (asked === ASKS)
      throw new ChatError("data_loss", `record ${sequence} was applied here and is missing from the log`);
    await delay(options.timers ?? PLATFORM_TIMERS, ASK_PAUSE_MS, options);
  }
}

/** What is known of the log that a read model was made from. */
export interface KnownPast extends AppliedChain {
  readonly epoch: string;
}

/**
 * Holds the log that was opened against the one that a read model was made from.
 * @throws as {@link assertContinues}; `data_loss` too for a log of another epoch
 */
export async function assertSameLog(
  log: Pick<RecordLog, "get" | "head" | "epoch">,
  past: KnownPast,
  options: { signal?: AbortSignal; timers?: Timers } = {},
): Promise<void> {
  if (past.sequence === 0) return;
  if (past.epoch !== log.epoch) {
    throw new ChatError(
      "data_loss",
      `${past.sequence} records were applied here from the log of epoch ${past.epoch}, this one goes by ${log.epoch}`,
    );
  }
  await assertContinues(log, past, options);
}
