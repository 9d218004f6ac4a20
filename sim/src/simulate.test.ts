import { describe, expect, it } from "vitest";
import { skippingLog } from "./planted/skipping-log.ts";
import { shrink } from "./run/shrink.ts";
import { tell } from "./run/story.ts";
import { simulate } from "./simulate.ts";

describe("a world", () => {
  it.each([3, 14])("is the same for the same seed (%i), step by step", async (seed) => {
    const once = await simulate(seed, { activeMs: 3_000 });
    const again = await simulate(seed, { activeMs: 3_000 });
    expect(again.traceHash).toBe(once.traceHash);
    expect(again.steps).toBe(once.steps);
    expect(once.acknowledged).toBeGreaterThan(0);
  });

  it("is another one for another seed", async () => {
    const [one, other] = [await simulate(1, { activeMs: 1_000 }), await simulate(2, { activeMs: 1_000 })];
    expect(one.traceHash).not.toBe(other.traceHash);
  });
});

it("makes the plan of a world that fails smaller, and tells how it fails", async () => {
  const mistake = { wrapEngine: skippingLog };
  const plan = {
    activeMs: 2_000,
    faults: [
      { atMs: 300, kind: "cut client", client: 2 },
      { atMs: 1_400, kind: "kill server", server: 1, forMs: 100 },
      { atMs: 1_700, kind: "stop leader", forMs: 200 },
    ],
  } as const;
  const failed = await simulate(1, { ...mistake, plan });
  expect(failed.violations).not.toEqual([]);
  const smaller = await shrink(failed, mistake);
  expect(smaller.plan.faults.length).toBeLessThan(plan.faults.length);
  expect(smaller.plan.faults.map(({ kind }) => kind)).toContain("kill server");
  const story = await tell(smaller, mistake);
  expect(story).toMatch(/seed 1 breaks \d+ promises[^]*kill server, server 2, for 100 ms[^]*BROKEN: /);
});
