import { ChatError } from "./errors.ts";

/** Whether this server answers from what it has applied, and stores on it. */
export interface Serving {
  /** Why it does not answer, in words for the operator; undefined while it does. */
  whyNot(): string | undefined;
  /** @throws ChatError `unavailable` while it does not answer */
  assert(): void;
  /** @throws ChatError `unavailable` while the log can't be followed, for nothing is stored then */
  assertFollowing(): void;
  /** Whether what the log held at start is applied. */
  readonly isCaughtUp: boolean;
  caughtUp(): void;
  /** The log can't be followed. */
  stopped(reason: string): void;
  /** The log can be followed again. */
  goesOn(): void;
  /** Whether its state differs from that of most other servers. */
  isOddOneOut(isOdd: boolean): void;
}

/** How long a caller waits before it asks again. */
const RETRY_MS = 1_000;

/** A server that has not caught up yet. */
export function createServing(): Serving {
  let isCaughtUp = false;
  let isOddOneOut = false;
  /** Why the log can't be followed; undefined while it can. */
  let stopped: string | undefined;

  function whyNot(): string | undefined {
    if (stopped !== undefined) return stopped;
    if (!isCaughtUp) return "catching up with the log";
    return isOddOneOut ? "its state differs from the other servers'" : undefined;
  }

  return {
    whyNot,
    assert() {
      const reason = whyNot();
      if (reason !== undefined) throw unavailable(`The server is not ready: ${reason}.`);
    },
    assertFollowing() {
      if (stopped !== undefined) throw unavailable(`Not stored: ${stopped}.`);
    },
    get isCaughtUp() {
      return isCaughtUp;
    },
    caughtUp() {
      isCaughtUp = true;
    },
    stopped(reason) {
      stopped = reason;
    },
    goesOn() {
      stopped = undefined;
    },
    isOddOneOut(isOdd) {
      isOddOneOut = isOdd;
    },
  };
}

function unavailable(message: string): ChatError {
  return new ChatError("unavailable", message, { details: { retryAfterMs: RETRY_MS } });
}
