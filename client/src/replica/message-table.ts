import type { ChatMessage } from "../types.ts";
import { fromSeq, rangeAt, withRange, type Range, type Ranges } from "./ranges.ts";

/** The messages that are known, and of which parts of their conversations nothing is missing. */
export interface MessageTable {
  /** Keeps the row with the larger version. Gives whether that is this one. */
  put(message: ChatMessage): boolean;
  get(seq: number): ChatMessage | undefined;
  /** The known message with the largest seq. */
  newest(conversation: string): ChatMessage | undefined;
  /** Those of a range, ascending. */
  within(conversation: string, range: Range): readonly ChatMessage[];
  /** Everything in this range is known from now on. */
  cover(conversation: string, range: Range): void;
  /** The range that holds this seq; LIVE asks for the one that reaches the end. */
  rangeAt(conversation: string, seq: number): Range | undefined;
  /** Lets go of all but the newest so many. */
  trim(conversation: string, keep: number): void;
  /** Lets go of all of them. */
  drop(conversation: string): void;
  clear(): void;
  /** How many messages are held. */
  readonly size: number;
}

interface Held {
  /** Ascending. */
  seqs: number[];
  ranges: Ranges;
}

/** An empty table. */
export function createMessageTable(): MessageTable {
  const rows = new Map<number, ChatMessage>();
  const held = new Map<string, Held>();

  function of(conversation: string): Held {
    let entry = held.get(conversation);
    if (!entry) held.set(conversation, (entry = { seqs: [], ranges: [] }));
    return entry;
  }

  function forget(conversation: string): void {
    for (const seq of held.get(conversation)?.seqs ?? []) rows.delete(seq);
    held.delete(conversation);
  }

  return {
    put(message) {
      const known = rows.get(message.seq);
      if (known && known.version >= message.version) return false;
      rows.set(message.seq, message);
      if (!known) {
        const { seqs } = of(message.conversation);
        seqs.splice(lowerBound(seqs, message.seq), 0, message.seq);
      }
      return true;
    },
    get: (seq) => rows.get(seq),
    newest: (conversation) => rows.get(held.get(conversation)?.seqs.at(-1) ?? 0),
    within(conversation, { from, to }) {
      const seqs = held.get(conversation)?.seqs ?? [];
      return seqs.slice(lowerBound(seqs, from), lowerBound(seqs, to + 1)).map((seq) => rows.get(seq) as ChatMessage);
    },
    cover(conversation, range) {
      const entry = of(conversation);
      entry.ranges = withRange(entry.ranges, range);
    },
    rangeAt: (conversation, seq) => rangeAt(held.get(conversation)?.ranges ?? [], seq),
    trim(conversation, keep) {
      const entry = held.get(conversation);
      if (!entry || entry.seqs.length <= keep) return;
      const gone = entry.seqs.splice(0, entry.seqs.length - keep);
      for (const seq of gone) rows.delete(seq);
      entry.ranges = fromSeq(entry.ranges, (gone.at(-1) ?? 0) + 1);
    },
    drop: forget,
    clear() {
      rows.clear();
      held.clear();
    },
    get size() {
      return rows.size;
    },
  };
}

/** Where the first value stands that is not smaller. Looks at the end first: nearly everything is put there. */
function lowerBound(sorted: readonly number[], value: number): number {
  if ((sorted.at(-1) ?? -1) < value) return sorted.length;
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
