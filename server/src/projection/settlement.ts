import type { Outcome } from "../domain/outcome.ts";
import { PLATFORM_TIMERS, type Timers } from "../environment.ts";
import { ChatError } from "../errors.ts";
import { seqOf } from "../log/position.ts";
import type { GroupCommit } from "../log/group-commit.ts";

/**
 * How long a stored event may wait to be applied here. Long enough for a consumer to be made anew after an election; past it the caller is told to
 * ask again, with the same client_id.
 */
export const APPLY_MAX_MS = 10_000;

/** What became of an event that this server appended. */
export interface Settled {
  /** Where it stands in the log. */
  readonly seq: number;
  readonly outcome: Outcome;
}

/** Appends events and waits until they are applied here, so that callers read their own writes. */
export interface Settlement {
  /**
   * Resolves when the event is both stored and applied here, with what the rules said at its place in the log.
   * An event that was submitted happens, whether or not the answer still finds its caller.
   * @param version as in {@link GroupCommit.append}
   * @throws what {@link GroupCommit.append} throws; ChatError `unavailable` when it is stored but not applied here within {@link APPLY_MAX_MS}
   */
  submit(event: Uint8Array, version?: number): Promise<Settled>;
  /**
   * Tells what a record of this server's own came to, and where it stands. Called by the tail, after the record was applied. A record that was stored twice
   * counts where it stands first.
   */
  applied(batch: number, sequence: number, outcomes: readonly Outcome[]): void;
  /** Stops watching the time. */
  close(): void;
}

/** A record of this server's own in the log. */
interface AppliedBatch {
  readonly batch: number;
  readonly sequence: number;
  readonly outcomes: readonly Outcome[];
}

interface Waiter {
  readonly settle: (applied: AppliedBatch) => void;
  readonly giveUp: (reason: Error) => void;
  readonly since: number;
}

/**
 * Matches appended events with their outcomes. The tail may be quicker than the answer to the append; since at most one record is in flight,
 * outcomes that nobody waits for yet can only belong to the newest batch.
 */
export function createSettlement(options: {
  groupCommit: Pick<GroupCommit, "append">;
  now: () => number;
  timers?: Timers;
}): Settlement {
  const { now, timers = PLATFORM_TIMERS } = options;
  const waiting = new Map<number, Waiter[]>();
  let newest: AppliedBatch = { batch: 0, sequence: 0, outcomes: [] };

  function appliedBatch(batch: number): Promise<AppliedBatch> {
    if (batch === newest.batch) return Promise.resolve(newest);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { since: now(), settle: resolve, giveUp: reject };
      const waiters = waiting.get(batch);
      if (waiters) waiters.push(waiter);
      else waiting.set(batch, [waiter]);
    });
  }

  // One timer for all who wait. The first of a batch speaks for the rest: they came within the same record.
  const timer = timers.setInterval(() => {
    for (const [batch, waiters] of waiting) {
      if (now() - (waiters[0]?.since ?? 0) < APPLY_MAX_MS) continue;
      waiting.delete(batch);
      for (const waiter of waiters) {
        waiter.giveUp(
          new ChatError(
            "unavailable",
            "Stored, but this server has not caught up with it yet. Ask again with the same client_id.",
            {
              details: { retryAfterMs: 1_000 },
            },
          ),
        );
      }
    }
  }, APPLY_MAX_MS / 10);

  return {
    async submit(event, version) {
      const { batch, index } = await options.groupCommit.append(event, version);
      // Where the tail saw it, not where the answer says: an append that was repeated may be answered with its second place.
      const { sequence, outcomes } = await appliedBatch(batch);
      const outcome = outcomes[index];
      if (!outcome) throw new Error(`batch ${batch} has no event ${index}`);
      return { seq: seqOf(sequence, index), outcome };
    },
    applied(batch, sequence, outcomes) {
      if (batch <= newest.batch) return;
      newest = { batch, sequence, outcomes };
      const waiters = waiting.get(batch);
      waiting.delete(batch);
      for (const { settle } of waiters ?? []) settle(newest);
    },
    close() {
      timers.clearInterval(timer);
    },
  };
}
