import type { Verdict, Violation, ViolationKind } from "./check/check.ts";
import type { Truth } from "./check/truth.ts";
import type { Recorder } from "./recorder.ts";

/** What a run with faults came to, whichever engine it was on. */
export interface ChaosSummary {
  readonly engine: "nats" | "embedded";
  readonly seed: number;
  /** How long faults and load lasted. */
  readonly seconds: number;
  /** Attempts to make an event, by what the caller was told. One event can take several. */
  readonly acknowledged: number;
  readonly refused: number;
  readonly unknown: number;
  /** Of the unknown ones, how many did happen. */
  readonly unknownHappened: number;
  /** How often each kind of fault was injected, 0 included. */
  readonly faults: Readonly<Record<string, number>>;
  /** Kinds that this machine does not allow, with the reason. */
  readonly leftOut: Readonly<Record<string, string>>;
  /** Events that clients got and that were held against the log. */
  readonly deliveries: number;
  /** Messages on pages that clients read and that were held against the log. */
  readonly messagesRead: number;
  /** Records in the final log, and events in it that the rules accepted. */
  readonly records: number;
  readonly events: number;
  /** Longest time from the start of a send to its acknowledgement; undefined where nothing was measured. */
  readonly longestSendMs: number | undefined;
  /** Longest time that a client had no stream. */
  readonly longestOutageMs: number | undefined;
  /** Every broken promise. Empty: the run passed. */
  readonly violations: readonly Violation[];
  /** What else a reader should know: what was measured on the way, losses that servers told of. */
  readonly notes: readonly string[];
  /** Directory with histories and logs, kept where something broke. */
  readonly evidence: string | undefined;
}

/** What was held against the log, and what the clients had to wait for: the same on either engine. */
export function countsOf(
  verdict: Verdict,
  truth: Truth,
  recorder: Pick<Recorder, "longestSendMs" | "longestOutageMs">,
): Omit<Verdict, "violations"> & Pick<ChaosSummary, "records" | "events" | "longestSendMs" | "longestOutageMs"> {
  const { acknowledged, refused, unknown, unknownHappened, deliveries, messagesRead } = verdict;
  return {
    acknowledged,
    refused,
    unknown,
    unknownHappened,
    deliveries,
    messagesRead,
    records: truth.records,
    events: truth.events.length,
    longestSendMs: recorder.longestSendMs,
    longestOutageMs: recorder.longestOutageMs,
  };
}

/** How many of each kind of violation. */
export function countViolations({ violations }: Pick<ChaosSummary, "violations">): ReadonlyMap<ViolationKind, number> {
  const counts = new Map<ViolationKind, number>();
  for (const { kind } of violations) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}
