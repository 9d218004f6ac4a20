import { describe, expect, it } from "vitest";
import { LANES } from "./faults/fault.ts";
import { FAULTS } from "./faults/table.ts";
import { planFaults } from "./schedule.ts";

const plan = (seed: number, seconds: number) =>
  planFaults({ seed, seconds, faults: FAULTS }).map(({ fault, ...rest }) => ({
    ...rest,
    name: fault.name,
    lane: fault.lane,
  }));

describe("the plan of faults", () => {
  it("is the same for the same seed, and another for another", () => {
    expect(plan(7, 120)).toEqual(plan(7, 120));
    expect(plan(7, 120)).not.toEqual(plan(8, 120));
  });

  it("never has two faults of one lane at a time, and many of different lanes", () => {
    const faults = plan(7, 120);
    for (const lane of LANES) {
      const own = faults.filter((fault) => fault.lane === lane);
      own.slice(1).forEach((fault, index) => {
        const before = own[index];
        expect(fault.atMs).toBeGreaterThan((before?.atMs ?? 0) + (before?.lastsMs ?? 0));
      });
    }
    const overlapping = faults.filter((one) =>
      faults.some((other) => other !== one && other.atMs < one.atMs && one.atMs < other.atMs + other.lastsMs),
    );
    expect(overlapping.length).toBeGreaterThan(5);
  });

  it("has every kind in two minutes, whatever the seed", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const names = new Set(plan(seed, 120).map(({ name }) => name));
      expect(FAULTS.map(({ name }) => name).filter((name) => !names.has(name))).toEqual([]);
    }
  });

  it("begins nothing at the very end", () => {
    for (const { atMs } of plan(3, 30)) expect(atMs).toBeLessThan(27_000);
  });
});
