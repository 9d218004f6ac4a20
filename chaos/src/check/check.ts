import type { Asked, History, Operation } from "../history.ts";
import { checkErasures } from "./erasures.ts";
import { checkPages } from "./pages.ts";
import { checkRemovals, REMOVAL, wasDeletedByRemoval } from "./removals.ts";
import type { SettledEvent, Truth } from "./truth.ts";
import { checkWatch, isErased, sameRow } from "./watches.ts";

/** What a promise broken looks like. */
export const VIOLATIONS = [
  /** Acknowledged, and not in the log; or a changed row that was owed to a client, and never delivered. */
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
  /** A deleted text, or a name of somebody who was removed, is still in the log. */
  "kept",
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

/**
 * Holds what the clients saw against what the log says. Pure.
 * @param dueErasures events whose texts every server still means to take out of the log
 */
export function check(history: History, truth: Truth, dueErasures: ReadonlySet<number> = new Set()): Verdict {
  const violations: Violation[] = [];
  const report = (kind: ViolationKind, text: string): void => void violations.push({ kind, text });
  const unknownHappened = checkOperations(history.operations, truth, report);
  for (const watch of history.watches) checkWatch(watch, truth, report);
  checkPages(history.pages, truth, report);
  for (const row of history.rows)
    if (!truth.timeline.versions(row.key).some((each) => sameRow(each.row, row) || isErased(row, each.row, truth)))
      report("forged", `somebody got a row ${row.key} that the log does not come to: ${row.digest}`);
  checkErasures(history.operations, truth, dueErasures, report);
  checkRemovals(history, truth, report);
  const count = (kind: Operation["result"]["kind"]): number =>
    history.operations.filter(({ result }) => result.kind === kind).length;
  const sittings = history.watches.flatMap((watch) => watch.sittings);
  return {
    violations,
    acknowledged: count("acknowledged") + count("granted"),
    refused: count("refused"),
    unknown: count("unknown"),
    unknownHappened,
    deliveries: sittings.reduce((sum, { deliveries }) => sum + deliveries.length, 0),
    messagesRead: history.pages.reduce((sum, { messages }) => sum + messages.length, 0),
  };
}

/** Takes one broken promise. */
export type Report = (kind: ViolationKind, text: string) => void;

/** A person is removed once, whatever the client_ids of those who ask for it and of the event that the server makes of it. */
const keyOf = (actor: number, clientId: string, { kind }: Asked): string =>
  `${actor} ${kind === REMOVAL ? kind : clientId}`;

function checkOperations(operations: readonly Operation[], truth: Truth, report: Report): number {
  const happened = new Map<string, SettledEvent>();
  for (const event of truth.events) {
    // People are added by the server, and those who ask for it are held to whether they can sign in.
    if (event.asked.kind === "personAdded") continue;
    const key = keyOf(event.actor, event.clientId, event.asked);
    if (happened.has(key)) report("doubled", `the log settled ${key} at ${happened.get(key)?.seq} and at ${event.seq}`);
    happened.set(key, event);
  }
  const asked = Map.groupBy(operations, ({ user, clientId, asked }) =>
    keyOf(truth.person(user) ?? -1, clientId, asked),
  );
  let unknownHappened = 0;
  for (const [key, attempts] of asked) {
    const event = happened.get(key);
    for (const attempt of attempts) {
      const { result, client } = attempt;
      if (result.kind === "acknowledged") {
        const where = result.seq === undefined ? "" : ` at ${result.seq}`;
        if (!event) report("lost", `${client} was told that ${key} is stored${where}; the log does not have it`);
        else if (result.seq !== undefined && event.seq !== result.seq)
          report("forged", `${client} was told that ${key} is at ${result.seq}; it is at ${event.seq}`);
      }
      if (result.kind === "granted" && !event && !heldOnce(attempt, truth))
        report("lost", `${client} was told that ${attempt.asked.kind} of ${key} holds; it never did`);
      if (event && !isWhatWasAsked(event, attempt, truth))
        report("forged", `the log has something else under ${key} than ${client} asked for`);
      if (result.kind === "unknown" && event) unknownHappened++;
    }
    if (event && attempts.every(({ result }) => result.kind === "refused"))
      report("forged", `${key} was refused and is at ${event.seq}`);
  }
  for (const [key, event] of happened)
    if (!asked.has(key) && !wasDeletedByRemoval(event, truth))
      report("forged", `nobody asked for ${key} at ${event.seq}`);
  return unknownHappened;
}

function isWhatWasAsked(
  { asked: said, conversation, erased }: SettledEvent,
  { asked, user }: Operation,
  truth: Truth,
): boolean {
  const fields: readonly (keyof Asked)[] = ["kind", "message", "emoji", "withMessages"];
  if (fields.some((field) => said[field] !== asked[field])) return false;
  if (said.name !== asked.name && !erased) return false;
  if (said.text !== undefined && said.text !== asked.text) return false;
  return asked.to === undefined || truth.conversation(asked.to, truth.person(user) ?? -1) === conversation;
}

/** Whether what was asked for was so at any time, for calls that are answered well where it is so already. */
function heldOnce({ asked, user }: Operation, truth: Truth): boolean {
  const person = truth.person(user) ?? -1;
  const conversation = truth.conversation(asked.to ?? "", person) ?? "";
  const versions = truth.timeline
    .versions(`message/${asked.message}`)
    .map(({ row }) => JSON.parse(row.digest) as unknown[]);
  switch (asked.kind) {
    case "memberJoined":
      return truth.timeline.stays(conversation, person).length > 0;
    case "messageDeleted":
      return versions.at(-1)?.[DELETED] === true;
    case "messagePinned":
      return versions.some((row) => row[PINNED] === true);
    case "reactionAdded":
      return versions.some((row) =>
        (row[REACTIONS] as [string, number[]][]).some(
          ([emoji, people]) => emoji === asked.emoji && people.includes(person),
        ),
      );
    default:
      return true; // what is taken away is away before it was first there
  }
}

/** Places in a message's digest: see rows.ts. */
const [DELETED, PINNED, REACTIONS] = [8, 9, 10] as const;
