import type { Delivery, Sitting, Watch } from "../history.ts";
import { conversationOfKey, peopleOf, type SeenRow } from "../rows.ts";
import type { Report } from "./check.ts";
import type { Truth } from "./truth.ts";

/** Holds everything that one client was sent against the log. */
export function checkWatch(watch: Watch, truth: Truth, report: Report): void {
  const { client, continues } = watch;
  const person = truth.person(watch.user);
  if (watch.resets > 0) report("reset", `${client} was reset ${watch.resets} times`);
  if (person === undefined) return report("lost", `${client} is of ${watch.user}, whom the log does not know`);
  const [first] = watch.sittings;
  if (continues && first && first.from > continues.to)
    report("lost", `${client} goes on after ${first.from}; ${continues.client} had come to ${continues.to}`);
  const versions = new Map<string, number>();
  let end = -1;
  for (const sitting of watch.sittings) {
    if (sitting.from < end) report("doubled", `${client} resumed after ${sitting.from} though it had come to ${end}`);
    if (end >= 0 && sitting.from > end) report("lost", `${client} resumed after ${sitting.from} from ${end}`);
    checkSitting(client, person, sitting, truth, report);
    for (const { key, version, seq } of sitting.deliveries) {
      const known = versions.get(key) ?? 0;
      if (version < known) report("reordered", `${client} got version ${version} of ${key} after ${known}, at ${seq}`);
      versions.set(key, version);
    }
    end = sitting.to;
  }
  if (watch.told) checkTold(watch, watch.told, report);
}

function checkSitting(client: string, person: number, sitting: Sitting, truth: Truth, report: Report): void {
  const { from, caughtUpAt, to } = sitting;
  const replayed = new Map<string, Delivery>();
  const live: Delivery[] = [];
  let last = from;
  for (const delivery of sitting.deliveries) {
    const { seq, key, version, isLive } = delivery;
    if (seq < last || (seq === last && last === from))
      report("reordered", `${client} got ${key} of ${seq} after ${last}`);
    last = Math.max(last, seq);
    checkContent(client, delivery, truth, report);
    if (isLive !== (caughtUpAt >= 0 && seq > caughtUpAt))
      report(
        "forged",
        `${client} got ${key} of ${seq} ${isLive ? "live" : "as caught up"}; it was live from ${caughtUpAt}`,
      );
    if (isLive) live.push(delivery);
    else {
      if (replayed.get(key)?.seq === seq) report("doubled", `${client} got version ${version} of ${key} again`);
      replayed.set(key, delivery);
      if (!mayCatchUp(person, delivery, from, truth))
        report("leaked", `${client} was sent ${key} as of ${seq} on catching up after ${from}`);
    }
  }
  if (caughtUpAt < 0) return; // it ended in the middle of what it is owed, and resumes
  for (const [key, owed] of truth.timeline.changed(person, from, caughtUpAt))
    if (replayed.get(key)?.seq !== owed.seq && !isPersonMet(person, key, owed.seq, truth))
      report("lost", `${client} caught up from ${from} to ${caughtUpAt} without ${key} as of ${owed.seq}`);
  checkLive(client, live, truth.timeline.told(person, caughtUpAt, to), report);
}

/** Exactly what was told while it listened, event by event. */
function checkLive(
  client: string,
  live: readonly Delivery[],
  owed: readonly { readonly seq: number; readonly row: SeenRow }[],
  report: Report,
): void {
  const placeOf = ({ seq, key }: { seq: number; key: string }): string => `${key} of ${seq}`;
  const owedPlaces = new Set(owed.map(({ seq, row }) => placeOf({ seq, key: row.key })));
  const got = new Set<string>();
  for (const delivery of live) {
    const place = placeOf(delivery);
    if (got.has(place)) report("doubled", `${client} got ${place} again`);
    if (!owedPlaces.has(place)) report("leaked", `${client} got ${place}, which was not for it`);
    got.add(place);
  }
  for (const place of owedPlaces) if (!got.has(place)) report("lost", `${client} never got ${place}`);
}

/** Whether a row that came is what the log comes to at its place. */
function checkContent(client: string, delivery: Delivery, truth: Truth, report: Report): void {
  const { key, seq, address } = delivery;
  const expected = truth.timeline.at(key, seq);
  if (expected?.seq !== seq) report("forged", `${client} got ${key} as of ${seq}, where it did not change`);
  else if (!sameRow(expected.row, delivery) && !isErased(delivery, expected.row, truth))
    report("forged", `${client} got ${key} as of ${seq} as ${delivery.digest}, and not as ${expected.row.digest}`);
  if (address === undefined) return;
  const id = key.slice("conversation/".length);
  const people = peopleOf(id) ?? [];
  const other = truth.person(address.slice(1));
  // Of somebody who was removed nothing is left to write to but the id.
  const isOfRemoved = address === id && truth.removed.some(({ person }) => people.includes(person));
  if (!isOfRemoved && (other === undefined || !people.includes(other)))
    report("forged", `${client} got the address ${address} for ${key}`);
}

/** Whether somebody who catches up after a position may be sent a row as it stood at another. */
function mayCatchUp(person: number, delivery: Delivery, from: number, truth: Truth): boolean {
  const { key, seq } = delivery;
  const conversation = conversationOfKey(delivery);
  // One's own leaving is the last that one gets. People are shown to everybody.
  if (conversation === undefined || key === `member/${conversation}/${person}`) return true;
  return truth.timeline.stays(conversation, person).some((stay) => stay.from <= seq && seq < stay.to && stay.to > from);
}

/** Whether a person's row changed before the two had anything to do with each other: then it came beside the first row that named them. */
function isPersonMet(person: number, key: string, seq: number, truth: Truth): boolean {
  return key.startsWith("user/") && !truth.timeline.isAcquainted(person, Number(key.slice("user/".length)), seq);
}

/** What the SDK tells its listeners: each change that came, once. */
function checkTold(watch: Watch, told: readonly SeenRow[], report: Report): void {
  const { client } = watch;
  const came = new Map<string, number>();
  const newest = new Map<string, number>();
  for (const { key, version } of watch.sittings.flatMap(({ deliveries }) => deliveries)) {
    came.set(`${key} ${version}`, version);
    newest.set(key, version);
  }
  const last = new Map<string, number>();
  for (const { key, version, digest } of told) {
    if ((last.get(key) ?? 0) >= version)
      report("doubled", `${client} was told of ${key} ${version} after ${last.get(key)}`);
    last.set(key, version);
    if (digest !== "" && !came.has(`${key} ${version}`))
      report("forged", `${client} was told of ${key} ${version}, which did not come`);
  }
  if (!watch.isWhole) return;
  for (const [key, version] of newest)
    if (!key.startsWith("user/") && last.get(key) !== version)
      report("lost", `${client} was not told of ${key} ${version}`);
}

/**
 * Whether a row differs from the one that once stood there in its text alone, which is empty because the message was deleted since, or in the names alone of
 * somebody who was removed since: a server that reads the log late does not find them there any more.
 */
export function isErased(row: SeenRow, expected: SeenRow, truth: Truth): boolean {
  if (truth.removed.some(({ person }) => row.key === `user/${person}`)) return isNameless(row, expected);
  const isDeleted = truth.erased.some(({ message }) => row.key === `message/${message}`);
  return isDeleted && row.version === expected.version && row.digest === withoutText(expected.digest);
}

/** A message's digest with an empty text: see rows.ts. */
function withoutText(digest: string): string {
  const parts = JSON.parse(digest) as unknown[];
  parts[TEXT] = "";
  return JSON.stringify(parts);
}

const TEXT = 3;

/** Whether handle and display name, which is the handle where there is no other, are those expected or gone. */
function isNameless(row: SeenRow, expected: SeenRow): boolean {
  const [one, other] = [row, expected].map(({ digest }) => JSON.parse(digest) as unknown[]);
  if (!one || !other || row.version !== expected.version) return false;
  const isGone =
    (one[HANDLE] === other[HANDLE] || one[HANDLE] === "") && [other[SHOWN], one[HANDLE]].includes(one[SHOWN]);
  return isGone && one.every((part, place) => place === HANDLE || place === SHOWN || part === other[place]);
}

/** Places in a person's digest: see rows.ts. */
const [HANDLE, SHOWN] = [1, 2] as const;

/** Whether two say the same. */
export function sameRow(one: SeenRow, other: SeenRow): boolean {
  return one.version === other.version && one.digest === other.digest;
}
