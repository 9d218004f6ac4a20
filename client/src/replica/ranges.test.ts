import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromSeq, LIVE, rangeAt, withRange, type Range, type Ranges } from "./ranges.ts";

const END = 40;
const range = fc
  .tuple(fc.nat(END), fc.oneof(fc.nat(END), fc.constant(LIVE)))
  .map(([one, other]): Range => ({ from: Math.min(one, other), to: Math.max(one, other) }));

const holds = (ranges: readonly Range[], seq: number): boolean =>
  ranges.some(({ from, to }) => from <= seq && seq <= to);
const all = (added: readonly Range[]): Ranges => added.reduce<Ranges>(withRange, []);

describe("ranges", () => {
  it("hold what any of the added ones held, and no more", () => {
    fc.assert(
      fc.property(fc.array(range), (added) => {
        const ranges = all(added);
        for (const seq of [...Array(END + 3).keys(), LIVE]) expect(holds(ranges, seq)).toBe(holds(added, seq));
      }),
    );
  });

  it("are ascending and apart, however they were added", () => {
    fc.assert(
      fc.property(fc.array(range), (added) => {
        const ranges = all(added);
        for (const [at, { from }] of ranges.entries())
          if (at > 0) expect(from).toBeGreaterThan((ranges[at - 1]?.to ?? 0) + 1);
        expect(all([...added].reverse())).toEqual(ranges);
      }),
    );
  });

  it("keep what lies at or after a seq", () => {
    fc.assert(
      fc.property(fc.array(range), fc.nat(END), (added, from) => {
        const ranges = fromSeq(all(added), from);
        for (const seq of Array(END + 3).keys()) expect(holds(ranges, seq)).toBe(seq >= from && holds(added, seq));
      }),
    );
  });

  it("find the one at a place, and the one that reaches the end", () => {
    const ranges = all([
      { from: 1, to: 3 },
      { from: 7, to: LIVE },
    ]);
    expect(rangeAt(ranges, 3)).toEqual({ from: 1, to: 3 });
    expect(rangeAt(ranges, 5)).toBeUndefined();
    expect(rangeAt(ranges, LIVE)).toEqual({ from: 7, to: LIVE });
  });
});
