import { setTimeout as delay } from "node:timers/promises";

/** Whether this server may be sent work, and why not. */
export type ReadyState = { readonly ready: true } | { readonly ready: false; readonly reasons: readonly string[] };

/** What has to hold before a server is ready. */
export interface Readiness {
  /** Adds a condition: undefined while it holds, else why not, in words for the operator. Asked whenever somebody wants to know. */
  require(condition: () => string | undefined): void;
  state(): ReadyState;
  /** Resolves when the state may have changed (looks now and then), or when the signal aborts. */
  changed(signal: AbortSignal): Promise<void>;
}

/** How often watchers look. */
const LOOK_MS = 500;

/** Nothing is required at first. */
export function createReadiness(): Readiness {
  const conditions: (() => string | undefined)[] = [];
  return {
    require(condition) {
      conditions.push(condition);
    },
    state() {
      const reasons = conditions.map((condition) => condition()).filter((reason) => reason !== undefined);
      return reasons.length === 0 ? { ready: true } : { ready: false, reasons };
    },
    async changed(signal) {
      await delay(LOOK_MS, undefined, { signal }).catch(() => {}); // aborted: whoever waited looks at the signal
    },
  };
}
