import type { Logger } from "pino";

const WINDOW_MS = 60_000;
/** More than this in a minute is no single bad request any more: something is broken, and the work goes elsewhere. */
const BURST = 20;

/** Keeps count of errors that nothing handled. */
export interface UnhandledErrors {
  /** Logs and counts an error, and drops the request that it belongs to, where that is known. */
  caught(error: unknown): void;
  /** Counts one that is logged and answered already. */
  count(): void;
  /** Since the start. */
  readonly total: number;
  /** For `/readyz`: why no more work should come here. Undefined while there are few. */
  burst(): string | undefined;
}

/** @param options.dropRequest ends the request whose code is running, if there is one */
export function createUnhandledErrors(options: {
  logger: Logger;
  dropRequest: () => void;
  now?: () => number;
}): UnhandledErrors {
  const { logger, dropRequest, now = () => performance.now() } = options;
  let total = 0;
  /** When the last ones came, the oldest first: one more than make a burst. */
  let recent: number[] = [];

  function inWindow(): number {
    const time = now();
    recent = recent.filter((at) => time - at < WINDOW_MS);
    return recent.length;
  }
  function count(): void {
    total++;
    inWindow();
    recent.push(now());
    if (recent.length > BURST + 1) recent.shift();
  }
  return {
    count,
    caught(error) {
      count();
      // In a burst the first ones tell what is wrong; all of them would fill the disk.
      if (recent.length <= BURST) logger.error({ err: error }, "an error that nothing handled; the server goes on");
      try {
        dropRequest();
      } catch (cause) {
        logger.error({ err: cause }, "the request of that error can't be dropped");
      }
    },
    get total() {
      return total;
    },
    burst: () =>
      inWindow() > BURST ? `more than ${BURST} errors within a minute that nothing handled; see the log` : undefined,
  };
}
