import { describe, expect, it } from "vitest";
import { between, complaints, missed, total } from "./missed.ts";

describe("what readers missed", () => {
  it("is nothing where each got all once", () => {
    const result = missed([1, 2, 3], [{ seqs: [1, 2, 3], faults: 0 }]);
    expect(result).toEqual({ readers: 1, checked: 3, lost: 0, doubled: 0, faults: 0 });
    expect(complaints("here", result)).toEqual([]);
  });

  it("names lost, doubled and faulty ones, each by itself", () => {
    const lost = missed([1, 2, 3], [{ seqs: [1, 3], faults: 0 }]);
    const doubled = missed([1, 2, 3], [{ seqs: [1, 2, 2, 3], faults: 0 }]);
    const faulty = missed([1, 2, 3], [{ seqs: [1, 3, 2], faults: 1 }]);
    expect([lost.lost, doubled.doubled, faulty.faults]).toEqual([1, 1, 1]);
    expect(complaints("here", total([lost, doubled, faulty]))).toHaveLength(3);
  });

  it("is a complaint where nothing was checked", () => {
    expect(complaints("here", missed([], []))).toEqual(["here: nothing was checked"]);
  });

  it("counts from first to last for those who came and went, holes included", () => {
    expect(between([1, 2, 3, 4, 5], [2, 4])).toEqual([2, 3, 4]);
    expect(between([1, 2], [])).toEqual([]);
  });
});
