import type { Fault } from "./fault.ts";

/** Two thousand streams are cut at once and come back at once. */
export const reconnectingHerd: Fault = {
  name: "reconnecting-herd",
  lane: "clients",
  lasts: [1, 3],
  async inject({ herd, note }) {
    const ms = (await herd.gather()) ? await herd.stampede() : undefined;
    if (ms === undefined) {
      // While other faults last nobody promises when. They go on trying, and have to be back when all is healed.
      note(`${herd.missing} of ${herd.size} streams were not back while other faults lasted`);
      return async () => {};
    }
    note(`${herd.size} streams were cut at once and all back after ${(ms / 1_000).toFixed(1)} s`);
    return () => herd.leave();
  },
};
