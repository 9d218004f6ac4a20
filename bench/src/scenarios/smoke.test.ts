import { expect, it } from "vitest";
import type { RunContext } from "../scenario.ts";
import { direct } from "./direct.ts";
import { fanOut } from "./fan-out.ts";

/** One small round of some contenders: shows that processes start, speak and are counted. Says nothing about speed. */
function quick(names: readonly string[]): RunContext {
  return { rounds: 1, quick: true, wants: ({ name }) => names.includes(name), profiler: undefined, say: () => {} };
}

it("counts what reaches every listener, with ours, Socket.IO and the floor", async () => {
  const names = ["ours embedded grpc-web", "socket.io", "floor http1"];
  const { samples, comparisons } = await fanOut.run(quick(names));
  expect(samples.map(({ contender, variant }) => `${contender}, ${variant}`).toSorted()).toEqual(
    names.flatMap((name) => [`${name}, 1 message a turn`, `${name}, 10 messages a turn`]).toSorted(),
  );
  for (const { metrics } of samples) {
    expect(metrics["deliveries/s"]).toBeGreaterThan(0);
    expect(metrics["bytes per message"]).toBeGreaterThan(100);
  }
  const measured = new Set(samples.map(({ contender }) => contender));
  expect(comparisons.some(({ ours, peer }) => measured.has(ours.contender) && measured.has(peer.contender))).toBe(true);
});

it("loses and refuses no direct message over gRPC", async () => {
  const { samples } = await direct.run(quick(["ours nats grpc"]));
  expect(samples.map(({ contender, metrics }) => [contender, metrics.refused, metrics.lost])).toEqual([
    ["ours nats grpc", 0, 0],
  ]);
});
