import type { Fault } from "./fault.ts";

/** kill -9 of two of the three NATS nodes at once: no quorum, so nothing can be stored; nothing may be lost either. */
export const killTwoNodes: Fault = {
  name: "kill-two-nodes",
  lane: "nodes",
  lasts: [2, 5],
  async inject({ cluster }, random) {
    const nodes = random.shuffled(cluster.nats.nodes).slice(0, 2);
    await Promise.all(nodes.map((node) => node.kill()));
    return async () => void (await Promise.all(nodes.map((node) => node.restart({ dontWait: true }))));
  },
};
