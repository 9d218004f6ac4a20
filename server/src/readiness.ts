/** Whether this server may be sent work, and why not. */
export type ReadyState = { readonly ready: true } | { readonly ready: false; readonly reasons: readonly string[] };

/** What has to hold before a server is ready. */
export interface Readiness {
  /** Adds a condition: undefined while it holds, else why not, in words for the operator. Asked whenever somebody wants to know. */
  require(condition: () => string | undefined): void;
  state(): ReadyState;
  /** Calls back soon after `ready` changed, until the signal aborts. However many watch, one timer looks. */
  onChange(listener: (ready: boolean) => void, signal: AbortSignal): void;
}

/** How often the timer of those who watch looks. */
const LOOK_MS = 500;

/** Nothing is required at first. */
export function createReadiness(): Readiness {
  const conditions: (() => string | undefined)[] = [];
  const listeners = new Set<(ready: boolean) => void>();
  let timer: NodeJS.Timeout | undefined;
  let wasReady = false;
  const isReady = (): boolean => conditions.every((condition) => condition() === undefined);
  function look(): void {
    const ready = isReady();
    if (ready === wasReady) return;
    wasReady = ready;
    for (const listener of [...listeners]) listener(ready);
  }
  return {
    require(condition) {
      conditions.push(condition);
    },
    state() {
      const reasons = conditions.map((condition) => condition()).filter((reason) => reason !== undefined);
      return reasons.length === 0 ? { ready: true } : { ready: false, reasons };
    },
    onChange(listener, signal) {
      if (signal.aborted) return;
      if (listeners.size === 0) {
        wasReady = isReady();
        timer = setInterval(look, LOOK_MS).unref();
      }
      const own = (ready: boolean): void => listener(ready); // the same listener may watch twice
      listeners.add(own);
      signal.addEventListener(
        "abort",
        () => {
          listeners.delete(own);
          if (listeners.size === 0) clearInterval(timer);
        },
        { once: true },
      );
    },
  };
}
