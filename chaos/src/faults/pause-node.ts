import type { Fault } from "./fault.ts";

/** A NATS node frozen (SIGSTOP): its connections stand, nobody is answered. */
export const pauseNode: Fault = {
  name: "pause-node",
  lane: "nodes",
  lasts: [5, 30],
  async inject({ cluster }, random) {
    const node = random.pick(cluster.nats.nodes);
    node.pause();
    return async () => node.resume();
  },
};
