import { expect, it } from "vitest";
import type { Comparison, Sample } from "../scenario.ts";
import { compared, spreadOf, spreadOfMetric } from "./summary.ts";

function sample(contender: string, round: number, cpu: number): Sample {
  return { variant: "", contender, round, metrics: { cpu } };
}

const COMPARISON: Comparison = {
  label: "cpu",
  metric: "cpu",
  ours: { contender: "ours", variant: "" },
  peer: { contender: "peer", variant: "" },
  target: { is: "at most", value: 0.5 },
};

it("gives the middle of an odd and of an even number of figures", () => {
  expect(spreadOf([3, 1, 2])).toEqual({ min: 1, median: 2, max: 3, count: 3 });
  expect(spreadOf([4, 1, 2, 3]).median).toBe(2.5);
});

it("takes each round's ratio, not the ratio of the medians", () => {
  const samples = [
    sample("ours", 0, 1),
    sample("peer", 0, 10),
    sample("ours", 1, 20),
    sample("peer", 1, 40),
    sample("ours", 2, 9),
    sample("peer", 2, 10),
  ];
  const { ratio, reached } = compared(samples, COMPARISON);
  expect(ratio).toEqual({ min: 0.1, median: 0.5, max: 0.9, count: 3 });
  expect(reached).toBe(true);
});

it("leaves a ratio out where a side was not measured", () => {
  expect(compared([sample("ours", 0, 1)], COMPARISON)).toMatchObject({ ratio: undefined, reached: undefined });
  expect(spreadOfMetric([sample("ours", 0, 1)], { contender: "ours", variant: "" }, "memory")).toBeUndefined();
});

it("judges what must be at least so much", () => {
  const samples = [sample("ours", 0, 6), sample("peer", 0, 10)];
  expect(compared(samples, { ...COMPARISON, target: { is: "at least", value: 0.7 } }).reached).toBe(false);
  expect(compared(samples, { ...COMPARISON, target: { is: "at least", value: 0.6 } }).reached).toBe(true);
});
