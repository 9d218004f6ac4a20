/**
 * A part of a conversation of which every message is known: all seqs from `from` to `to`, both included. `from` 0 reaches the
 * beginning; `to` {@link LIVE} reaches the end, and the feed keeps it there.
 */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The end of a range that the feed extends. */
export const LIVE = Number.POSITIVE_INFINITY;

/** Ascending, disjoint and not adjoining. */
export type Ranges = readonly Range[];

/** The ranges with one more; those that overlap or adjoin become one. */
export function withRange(ranges: Ranges, added: Range): Ranges {
  if (added.from > added.to) return ranges;
  let { from, to } = added;
  const apart: Range[] = [];
  for (const range of ranges) {
    if (range.to + 1 < from || range.from > to + 1) apart.push(range);
    else {
      from = Math.min(from, range.from);
      to = Math.max(to, range.to);
    }
  }
  return [...apart, { from, to }].sort((one, other) => one.from - other.from);
}

/** What lies at or after this seq. */
export function fromSeq(ranges: Ranges, seq: number): Ranges {
  return ranges.filter(({ to }) => to >= seq).map(({ from, to }) => ({ from: Math.max(from, seq), to }));
}

/** The range that holds this seq; LIVE asks for the one that reaches the end. */
export function rangeAt(ranges: Ranges, seq: number): Range | undefined {
  return ranges.find(({ from, to }) => from <= seq && seq <= to);
}
