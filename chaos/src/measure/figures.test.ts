import { describe, expect, it } from "vitest";
import { median, quantile, slope } from "./figures.ts";

describe("figures", () => {
  it("take the nearest rank for a quantile", () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([quantile(hundred, 0.5), quantile(hundred, 0.99), quantile(hundred, 1), quantile(hundred, 0)]).toEqual([
      50, 99, 100, 1,
    ]);
    expect(quantile([], 0.5)).toBeNaN();
  });

  it("take the mean of the two in the middle for the median of an even number", () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2])]).toEqual([2, 2.5]);
  });

  it("find the slope of a line in noise that cancels out", () => {
    expect(
      slope([
        [0, 1],
        [1, 2],
        [2, 5],
        [3, 6],
      ]),
    ).toBeCloseTo(1.8);
  });
});
