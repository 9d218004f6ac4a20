import type { Fault } from "./fault.ts";

/** kill -9 of a NATS node, then the same one again. */
export const killNode: Fault = {
  name: "kill-node",
  lane: "nodes",
  lasts: [1, 5],
  async inject({ cluster }, random) {
    const node = random.pick(cluster.nats.nodes);
    await node.kill();
    return () => node.restart({ dontWait: true });
  },
};
