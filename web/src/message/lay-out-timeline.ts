import type { TimelineRow } from "@chat/client";
import type { SystemLine } from "../conversation/use-system-lines.ts";

/** A message as it is drawn: how it joins its neighbours. */
export interface MessageView {
  readonly kind: "message";
  /** Unique in the list and the same from pending to sent. */
  readonly key: string;
  readonly row: TimelineRow;
  readonly own: boolean;
  /** The first of its group: shows the sender. */
  readonly first: boolean;
  /** The last of its group: shows the time. */
  readonly last: boolean;
  /** A new local day begins here. */
  readonly newDay: boolean;
}

/** What stands in the list of messages. */
export type TimelineView = MessageView | { readonly kind: "line"; readonly key: string; readonly line: SystemLine };

/** Messages of one sender stand together as long as they follow each other within this time. */
export const GROUP_WITHIN_MS = 5 * 60_000;

/**
 * Lays rows out in groups (one sender, one day, no long pause; an answer or a failure begins the next one), with the lines between them.
 * Lines that belong before or after what is loaded are left out.
 */
export function layOutTimeline(options: {
  rows: readonly TimelineRow[];
  lines: readonly SystemLine[];
  ownId: number;
  /** Whether messages come before, or follow, that are not among the rows. */
  hasOlder: boolean;
  hasNewer: boolean;
  dayKey: (at: number) => string;
}): TimelineView[] {
  const entries = mergeLines(options);
  const days = entries.map((entry) => (entry.row ? options.dayKey(entry.row.message.sentAt) : undefined));
  const joins = entries.map(({ row }, index) => {
    const before = entries[index - 1]?.row;
    if (row === undefined || before === undefined) return false;
    return (
      before.message.sender === row.message.sender &&
      days[index - 1] === days[index] &&
      row.message.replyTo === undefined &&
      !before.items.some(({ state }) => state === "failed") &&
      row.message.sentAt - before.message.sentAt < GROUP_WITHIN_MS
    );
  });
  let lastDay: string | undefined;
  return entries.map(({ row, line }, index): TimelineView => {
    if (row === undefined) return { kind: "line", key: line.key, line };
    const newDay = days[index] !== lastDay;
    lastDay = days[index];
    return {
      kind: "message",
      key: row.key,
      row,
      own: row.message.sender === options.ownId,
      first: joins[index] !== true,
      last: joins[index + 1] !== true,
      newDay,
    };
  });
}

type Entry =
  { readonly row: TimelineRow; readonly line?: undefined } | { readonly row?: undefined; readonly line: SystemLine };

function mergeLines(options: {
  rows: readonly TimelineRow[];
  lines: readonly SystemLine[];
  hasOlder: boolean;
  hasNewer: boolean;
}): Entry[] {
  const { rows, lines, hasOlder, hasNewer } = options;
  const stored = rows.filter(({ state }) => state === "stored");
  const first = stored[0]?.message.seq ?? 0;
  const last = stored.at(-1)?.message.seq ?? 0;
  const entries: Entry[] = [];
  let next = 0;
  const fitting = lines
    .filter(({ seq }) => (seq >= first || !hasOlder) && (seq <= last || !hasNewer))
    .toSorted((one, other) => one.seq - other.seq);
  const putLines = (before: number): void => {
    for (let line = fitting[next]; line !== undefined && line.seq < before; line = fitting[++next]) {
      entries.push({ line });
    }
  };
  for (const row of rows) {
    putLines(row.state === "stored" ? row.message.seq : Infinity);
    entries.push({ row });
  }
  putLines(Infinity);
  return entries;
}

/** How many messages of others came after the newest one that was on screen. */
export function countNew(views: readonly TimelineView[], seenSeq: number): number {
  let count = 0;
  for (let index = views.length - 1; index >= 0; index--) {
    const view = views[index];
    if (view?.kind !== "message" || view.row.state !== "stored") continue;
    if (view.row.message.seq <= seenSeq) break;
    if (!view.own) count++;
  }
  return count;
}

/** seq of the newest stored message; 0 where there is none. */
export function newestSeq(views: readonly TimelineView[]): number {
  const view = views.findLast((each) => each.kind === "message" && each.row.state === "stored");
  return view?.kind === "message" ? view.row.message.seq : 0;
}
