import { expect, it } from "vitest";
import type { Recorded } from "../report/record.ts";
import { ASSUMPTIONS, deploymentOf } from "./deployment.ts";
import { simulate } from "./simulate.ts";
import { drawTraffic } from "./traffic.ts";
import { COST_NAMES, type UnitCosts, unitCosts } from "./unit-costs.ts";

const MODEL = {
  users: 10_000,
  gateways: 5,
  shards: 4,
  roomShare: 0.5,
  roomMembersMean: 15,
  roomMembersMax: 1_000,
  seed: 7,
};

function assumed(): UnitCosts {
  const sourced = unitCosts([]);
  return Object.fromEntries(COST_NAMES.map((name) => [name, sourced[name].value])) as unknown as UnitCosts;
}

it("draws the same traffic from the same seed", () => {
  expect(drawTraffic(MODEL)).toEqual(drawTraffic(MODEL));
  expect(drawTraffic({ ...MODEL, seed: 8 })).not.toEqual(drawTraffic(MODEL));
});

it("has a direct message reach two streams and at most two gateways", () => {
  const traffic = drawTraffic({ ...MODEL, roomShare: 0 });
  expect(traffic.deliveries).toBe(2);
  expect(traffic.gatewaysReached).toBeGreaterThan(1);
  expect(traffic.gatewaysReached).toBeLessThanOrEqual(2);
});

it("never reaches more gateways than there are, nor more than streams", () => {
  const traffic = drawTraffic({ ...MODEL, roomShare: 1 });
  expect(traffic.gatewaysReached).toBeLessThanOrEqual(MODEL.gateways);
  expect(traffic.gatewaysReached).toBeLessThanOrEqual(traffic.deliveries);
});

it("grows from one process to shards, and keeps each server within its share of a core", () => {
  expect(deploymentOf(100, assumed()).shape).toBe("one process");
  const large = deploymentOf(1_000_000, assumed());
  expect(large.shape).toBe("sharded");
  expect(large.gatewayCores / large.gateways).toBeLessThanOrEqual(ASSUMPTIONS.coreShare);
});

it("adds up one process by hand", () => {
  const costs = assumed();
  const { messagesPerSecond, traffic, gatewayCores } = deploymentOf(100, costs);
  expect(messagesPerSecond).toBeCloseTo((100 * ASSUMPTIONS.messagesPerUserHour) / 3_600);
  const us =
    messagesPerSecond * (costs.sendUs + (traffic.deliveries - 1) * costs.deliverUs) + 100 * costs.streamUsPerSecond;
  expect(gatewayCores).toBeCloseTo(us / 1e6);
});

it("takes costs from what is on record, and says so", () => {
  const record = {
    scenario: "direct",
    samples: [{ contender: "ours nats grpc-web", variant: "", round: 0, metrics: { "CPU µs per message": 77 } }],
  } as unknown as Recorded;
  expect(unitCosts([record]).sendUs).toEqual({ value: 77, source: "measured, scenario `direct`" });
  expect(unitCosts([]).sendUs.source).toBe("assumed");
  expect(simulate([record]).costs).toContain("| 77 |");
});
