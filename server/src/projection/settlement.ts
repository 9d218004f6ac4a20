import type { Outcome } from "../domain/outcome.ts";
import { seqOf } from "../log/position.ts";
import type { Appended, GroupCommit } from "../log/group-commit.ts";

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
   * @throws what {@link GroupCommit.append} throws; the signal's reason on abort, in which case the event may still happen.
   */
  submit(event: Uint8Array, options?: { signal?: AbortSignal }): Promise<Settled>;
  /** Tells what a record of this server's own came to. Called by the tail, after the record was applied. */
  applied(batch: number, outcomes: readonly Outcome[]): void;
}

/**
 * Matches appended events with their outcomes. The tail may be quicker than the answer to the append; since at most one record is in flight,
 * outcomes that nobody waits for yet can only belong to the newest batch.
 */
export function createSettlement(options: { groupCommit: Pick<GroupCommit, "append"> }): Settlement {
  const waiting = new Map<number, ((outcomes: readonly Outcome[]) => void)[]>();
  let newest: { batch: number; outcomes: readonly Outcome[] } = { batch: 0, outcomes: [] };

  function outcomesOf(batch: number, signal: AbortSignal | undefined): Promise<readonly Outcome[]> {
    if (batch === newest.batch) return Promise.resolve(newest.outcomes);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(signal?.reason as Error);
      signal?.addEventListener("abort", onAbort, { once: true });
      const settle = (outcomes: readonly Outcome[]): void => {
        signal?.removeEventListener("abort", onAbort);
        resolve(outcomes);
      };
      const waiters = waiting.get(batch);
      if (waiters) waiters.push(settle);
      else waiting.set(batch, [settle]);
    });
  }

  return {
    async submit(event, { signal } = {}) {
      const { batch, sequence, index }: Appended = await options.groupCommit.append(event, signal ? { signal } : {});
      const outcome = (await outcomesOf(batch, signal))[index];
      if (!outcome) throw new Error(`batch ${batch} has no event ${index}`);
      return { seq: seqOf(sequence, index), outcome };
    },
    applied(batch, outcomes) {
      newest = { batch, outcomes };
      const waiters = waiting.get(batch);
      waiting.delete(batch);
      for (const settle of waiters ?? []) settle(outcomes);
    },
  };
}
