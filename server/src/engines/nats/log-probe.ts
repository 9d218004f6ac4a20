import type { StreamInfo } from "@nats-io/jetstream";
import { ChatError } from "../../errors.ts";
import { JS_CODE, jsCode } from "./nats-error.ts";
import { PROBE_FAILED_SHOWN_MS, PROBE_MS } from "./timing.ts";

const NO_LEADER = "the log does not answer: NATS has no leader for it, or no quorum";

/** Asks now and then whether the log is there, so that a server without traffic knows too. */
export interface LogProbe {
  /** Why the log can't be used, in words for the operator; undefined while it can, as far as is known. */
  failure(): string | undefined;
  /** @throws ChatError `unavailable` once it is known that the log is another one, and while NATS would remove records from it */
  assertMayAppend(): void;
  /** @throws ChatError `data_loss` once it is known that the log is another one */
  assertNotLost(): void;
  /** Asks NATS whether it is still the same log. @throws ChatError as {@link LogProbe.assertNotLost}; what the client throws */
  verify(): Promise<void>;
  /** Asks once. Never rejects. */
  ask(): Promise<void>;
  /** Stops. Never rejects. */
  close(): void;
}

/**
 * What passes by itself within an election is not worth a word and is told only once it has lasted {@link PROBE_FAILED_SHOWN_MS}; another log under the same
 * name is told at once and for good.
 *
 * @param options.info asks NATS for the stream
 * @param options.assertSame throws a ChatError `data_loss` when it is another log
 * @param options.losing settings by which NATS removes records from the log; told at once, for as long as they are so
 */
export function startLogProbe(options: {
  info: () => Promise<StreamInfo>;
  assertSame: (info: StreamInfo) => void;
  losing?: (info: StreamInfo) => readonly string[];
  now?: () => number;
}): LogProbe {
  const { info, assertSame, now = () => performance.now() } = options;
  let failing: { readonly since: number; readonly reason: string } | undefined;
  /** For good: whatever the stream holds, it is not the log that was opened. */
  let lost: ChatError | undefined;
  let losing: string | undefined;

  function fail(reason: string | undefined): void {
    failing = reason === undefined ? undefined : { since: failing?.since ?? now(), reason };
  }

  function assertNotLost(): void {
    if (lost) throw lost;
  }

  /** Asks for the stream, and remembers that it is another one. */
  async function askSame(): Promise<StreamInfo> {
    const found = await info();
    try {
      assertSame(found);
    } catch (error) {
      if (error instanceof ChatError) lost ??= error;
      throw error;
    }
    assertNotLost();
    return found;
  }

  async function ask(): Promise<void> {
    try {
      const found = await askSame();
      const settings = options.losing?.(found) ?? [];
      losing =
        settings.length > 0
          ? `NATS removes records from the log by its settings (${settings.join(", ")}): set the stream right`
          : undefined;
      // What is left of a cluster without a quorum still answers, with the nodes and without a leader.
      fail(found.cluster !== undefined && !found.cluster.leader ? NO_LEADER : undefined);
    } catch (error) {
      fail(jsCode(error) === JS_CODE.streamNotFound ? "the log's stream is gone from NATS" : NO_LEADER);
    }
  }

  const timer = setInterval(() => void ask(), PROBE_MS);
  timer.unref();
  return {
    ask,
    assertNotLost,
    verify: async () => void (await askSame()),
    assertMayAppend() {
      const reason = lost?.message ?? losing;
      if (reason === undefined) return;
      throw new ChatError("unavailable", `Nothing is stored now: ${reason}.`, { details: { retryAfterMs: PROBE_MS } });
    },
    failure: () =>
      lost?.message ??
      losing ??
      (failing && now() - failing.since >= PROBE_FAILED_SHOWN_MS ? failing.reason : undefined),
    close: () => clearInterval(timer),
  };
}
