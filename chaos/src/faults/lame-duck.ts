import type { Fault } from "./fault.ts";

/** A NATS node told to leave in good order: it hands over what it leads, then its clients, then ends. */
export const lameDuck: Fault = {
  name: "lame-duck",
  lane: "nodes",
  lasts: [1, 3],
  async inject({ cluster }, random) {
    const node = random.pick(cluster.nats.nodes);
    await node.lameDuck();
    return () => node.restart({ dontWait: true });
  },
};
