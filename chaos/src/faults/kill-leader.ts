import { leaderOf } from "../jetstream-view.ts";
import type { Fault } from "./fault.ts";

/** kill -9 of the node that leads the log's stream: nothing is stored until another one is elected. */
export const killLeader: Fault = {
  name: "kill-leader",
  lane: "nodes",
  lasts: [2, 5],
  async inject({ cluster }) {
    const index = await leaderOf(cluster.nats);
    const node = index === undefined ? undefined : cluster.nats.nodes[index];
    if (!node) return undefined;
    await node.kill();
    return () => node.restart({ dontWait: true });
  },
};
