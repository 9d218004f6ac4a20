import type { Fault } from "./fault.ts";

const HOUR_MS = 3_600_000;

/** The wall clock of one chat server jumps by up to an hour, either way, and back. */
export const clockJump: Fault = {
  name: "clock-jump",
  lane: "servers",
  lasts: [4, 12],
  async inject({ cluster }, random) {
    const server = random.pick(cluster.servers);
    await server.shiftClock(random.int(-HOUR_MS, HOUR_MS));
    return () => server.shiftClock(0);
  },
};
