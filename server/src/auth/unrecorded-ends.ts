import type { Logger } from "pino";
import { PLATFORM_TIMERS, type Timers } from "../environment.ts";
import { ChatError } from "../errors.ts";
import type { KeyValue } from "../key-value.ts";

/** How long after a failure the bucket is asked again. */
const RETRY_MS = 1_000;

/** Sessions that ended on this server while the bucket could not be told (its disk is full, it can't be reached). It is told as soon as that works. */
export interface UnrecordedEnds {
  has(sessionId: string): boolean;
  /** Removes the session from the bucket. @throws ChatError that says that the end holds on this server alone, with the code of its cause */
  record(sessionId: string): Promise<void>;
  /** Tells the bucket nothing more. */
  close(): void;
}

/** None at first. */
export function createUnrecordedEnds(options: {
  bucket: KeyValue;
  logger: Logger;
  timers?: Timers | undefined;
}): UnrecordedEnds {
  const { bucket, logger, timers = PLATFORM_TIMERS } = options;
  const waiting = new Set<string>();
  let timer: unknown;
  let isClosed = false;

  async function tryAgain(): Promise<void> {
    timer = undefined;
    try {
      for (const sessionId of waiting) {
        await bucket.delete(sessionId);
        waiting.delete(sessionId);
      }
      logger.info("sessions that ended meanwhile are recorded as ended");
    } catch {
      schedule(); // said at the first failure
    }
  }

  function schedule(): void {
    if (isClosed) return;
    timer ??= timers.setTimeout(() => void tryAgain(), RETRY_MS);
  }

  return {
    has: (sessionId) => waiting.has(sessionId),
    async record(sessionId) {
      try {
        await bucket.delete(sessionId);
      } catch (cause) {
        logger.warn({ err: cause, sessionId }, "a session ended here, and the bucket could not be told");
        waiting.add(sessionId);
        schedule();
        throw new ChatError(
          cause instanceof ChatError ? cause.code : "unavailable",
          "The session is over on this server, but that could not be stored yet. A restart of the server before it is stored brings the session back.",
          { cause, details: { retryAfterMs: RETRY_MS } },
        );
      }
    },
    close() {
      isClosed = true;
      timers.clearTimeout(timer);
    },
  };
}
