import { backoffMs } from "../backoff.ts";
import type { Environment } from "../environment.ts";

const RETRY = { baseMs: 500, capMs: 15_000 } as const;

/** Until when each queue rests after a try that failed. One that fails does not slow another one down. */
export interface Rests {
  /** ms since 1970; 0 where nothing has failed. */
  until(queue: string): number;
  /** One more failure: the rest grows, with jitter, and is no shorter than what the server asks for. */
  add(queue: string, atLeastMs?: number): void;
  /** It works again, or somebody wants it now; without an argument for all. */
  end(queue?: string): void;
}

export function createRests({ now, random }: Environment): Rests {
  const rests = new Map<string, { readonly failures: number; readonly until: number }>();
  return {
    until: (queue) => rests.get(queue)?.until ?? 0,
    add(queue, atLeastMs = 0) {
      const failures = rests.get(queue)?.failures ?? 0;
      const waitMs = Math.max(backoffMs(failures, { ...RETRY, random }), atLeastMs);
      rests.set(queue, { failures: failures + 1, until: now() + waitMs });
    },
    end(queue) {
      if (queue === undefined) rests.clear();
      else rests.delete(queue);
    },
  };
}
