import type { Fault } from "./fault.ts";

/** Two thousand streams are cut at once and come back at once. */
export const reconnectingHerd: Fault = {
  name: "reconnecting-herd",
  lane: "clients",
  lasts: [1, 3],
  async inject({ herd, note }) {
    await herd.gather();
    const ms = await herd.stampede();
    note(`${herd.size} streams were cut at once and all back after ${(ms / 1_000).toFixed(1)} s`);
    return () => herd.leave();
  },
};
