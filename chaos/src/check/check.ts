import type { History, Operation, Watch } from "../history.ts";
import { checkPages } from "./pages.ts";
import type { SettledEvent, Truth } from "./truth.ts";

/** What a promise broken looks like. */
export const VIOLATIONS = [
  /** Acknowledged, and not in the log; or owed to a client, and never delivered. */
  "lost",
  /** In the log twice, or delivered twice to one client. */
  "doubled",
  /** Delivered out of log order. */
  "reordered",
  /** Delivered to somebody without a right to it. */
  "leaked",
  /** In the log though nobody asked for it, with other content than was asked for, or though its caller was told that it was refused; or delivered with other content than the log holds. */
  "forged",
  /** A cursor was not honoured though the log is the same. */
  "reset",
  /** A record is missing in the log, or its copies differ. */
  "hole",
  /** Two servers, or a server and the log, came to different states. */
  "diverged",
  /** Everything works again, and somebody still does not get on. */
  "stuck",
] as const;

/** One of {@link VIOLATIONS}. */
export type ViolationKind = (typeof VIOLATIONS)[number];

/** One broken promise, in words that help to find it. */
export interface Violation {
  readonly kind: ViolationKind;
  readonly text: string;
}

/** What the checker looked at and found. */
export interface Verdict {
  readonly violations: readonly Violation[];
  readonly acknowledged: number;
  readonly refused: number;
  readonly unknown: number;
  /** Of the unknown ones, how many did happen. */
  readonly unknownHappened: number;
  readonly deliveries: number;
  readonly messagesRead: number;
}

/** Holds what the clients saw against what the log says. Pure. */
export function check(history: History, truth: Truth): Verdict {
  const violations: Violation[] = [];
  const report = (kind: ViolationKind, text: string): void => void violations.push({ kind, text });
  const unknownHappened = checkOperations(history.operations, truth, report);
  const bySeq = new Map(truth.events.map((event) => [event.seq, event]));
  for (const watch of history.watches) checkWatch(watch, truth, bySeq, report);
  checkPages(history.pages, truth, report);
  const count = (kind: Operation["result"]["kind"]): number =>
    history.operations.filter(({ result }) => result.kind === kind).length;
  return {
    violations,
    acknowledged: count("acknowledged") + count("granted"),
    refused: count("refused"),
    unknown: count("unknown"),
    unknownHappened,
    deliveries: history.watches.reduce((sum, { deliveries }) => sum + deliveries.length, 0),
    messagesRead: history.pages.reduce((sum, { messages }) => sum + messages.length, 0),
  };
}

/** Takes one broken promise. */
export type Report = (kind: ViolationKind, text: string) => void;

const keyOf = (actor: string, clientId: string): string => `${actor} ${clientId}`;

function checkOperations(operations: readonly Operation[], truth: Truth, report: Report): number {
  const happened = new Map<string, SettledEvent>();
  for (const event of truth.events) {
    const key = keyOf(event.actor, event.clientId);
    if (happened.has(key)) report("doubled", `the log settled ${key} at ${happened.get(key)?.seq} and at ${event.seq}`);
    happened.set(key, event);
  }
  const asked = new Map<string, Operation[]>();
  for (const operation of operations) {
    const key = keyOf(operation.user, operation.clientId);
    asked.set(key, [...(asked.get(key) ?? []), operation]);
  }
  let unknownHappened = 0;
  for (const [key, attempts] of asked) {
    const event = happened.get(key);
    for (const { result, text, conversation, client } of attempts) {
      if (result.kind === "acknowledged" && !event)
        report(
          "lost",
          `${client} was told that ${key} is stored${result.seq === undefined ? "" : ` at ${result.seq}`}; the log does not have it`,
        );
      if (result.kind === "acknowledged" && result.seq !== undefined && event && event.seq !== result.seq) {
        report("forged", `${client} was told that ${key} is at ${result.seq}; it is at ${event.seq}`);
      }
      if (event && (event.conversation !== conversation || event.text !== text))
        report("forged", `the log has something else under ${key} than ${client} asked for`);
      if (result.kind === "unknown" && event) unknownHappened++;
    }
    if (event && attempts.every(({ result }) => result.kind === "refused"))
      report("forged", `${key} was refused and is at ${event.seq}`);
  }
  for (const [key, event] of happened) if (!asked.has(key)) report("forged", `nobody asked for ${key} at ${event.seq}`);
  return unknownHappened;
}

function checkWatch(watch: Watch, truth: Truth, bySeq: ReadonlyMap<number, SettledEvent>, report: Report): void {
  const { client, user, from, to } = watch;
  if (watch.resets > 0) report("reset", `${client} was reset ${watch.resets} times`);
  const seen = new Set<number>();
  let last = from;
  for (const { seq, digest } of watch.deliveries) {
    const event = bySeq.get(seq);
    if (seen.has(seq)) report("doubled", `${client} got ${seq} again`);
    else if (seq <= last) report("reordered", `${client} got ${seq} after ${last}`);
    if (!event) report("forged", `${client} got ${seq}, which the log does not have`);
    else if (event.digest !== digest) report("forged", `${client} got other content at ${seq} than the log holds`);
    if (event && !event.readers.has(user)) report("leaked", `${client} of ${user} got ${seq} of ${event.conversation}`);
    seen.add(seq);
    last = Math.max(last, seq);
  }
  if (from < 0) return; // its stream never opened: it is owed nothing
  for (const event of truth.events) {
    if (event.seq > from && event.seq <= to && event.readers.has(user) && !seen.has(event.seq)) {
      report("lost", `${client} of ${user} never got ${event.seq} of ${event.conversation}`);
    }
  }
}
