import type { TimelineRow } from "@chat/client";

/** A row as it is drawn: who and when, and how it joins its neighbours. */
export interface MessageView {
  /** Unique in the list and the same from pending to sent. */
  readonly key: string;
  readonly row: TimelineRow;
  readonly sender: string;
  readonly text: string;
  /** ms since 1970 */
  readonly at: number;
  readonly own: boolean;
  /** The first of its group: shows the sender. */
  readonly first: boolean;
  /** The last of its group: shows the time. */
  readonly last: boolean;
  /** A new local day begins here. */
  readonly newDay: boolean;
}

/** Messages of one sender stand together as long as they follow each other within this time. */
export const GROUP_WITHIN_MS = 5 * 60_000;

/** Lays rows out in groups: one sender, one day, no long pause. A failed row always ends its group. */
export function groupMessages(
  rows: readonly TimelineRow[],
  ownHandle: string,
  dayKey: (at: number) => string,
): MessageView[] {
  const flat = rows.map((row) => {
    const sender = row.state === "sent" ? row.message.sender : ownHandle;
    const at = row.state === "sent" ? row.message.sentAt : row.item.createdAt;
    const text = row.state === "sent" ? row.message.text : row.item.text;
    return { key: `${sender}:${row.key}`, row, sender, text, at, own: sender === ownHandle, day: dayKey(at) };
  });
  const joins = flat.map((view, index) => {
    const before = flat[index - 1];
    return (
      before !== undefined &&
      before.sender === view.sender &&
      before.day === view.day &&
      before.row.state !== "failed" &&
      view.at - before.at < GROUP_WITHIN_MS
    );
  });
  return flat.map(({ day, ...view }, index) => ({
    ...view,
    first: joins[index] !== true,
    last: joins[index + 1] !== true,
    newDay: flat[index - 1]?.day !== day,
  }));
}

/** How many messages of others came after the newest one that was on screen. */
export function countNew(views: readonly MessageView[], seenSeq: number): number {
  let count = 0;
  for (let index = views.length - 1; index >= 0; index--) {
    const view = views[index];
    if (view?.row.state !== "sent") continue;
    if (view.row.message.seq <= seenSeq) break;
    if (!view.own) count++;
  }
  return count;
}

/** seq of the newest stored message; 0 where there is none. */
export function newestSeq(views: readonly MessageView[]): number {
  const view = views.findLast(({ row }) => row.state === "sent");
  return view?.row.state === "sent" ? view.row.message.seq : 0;
}
