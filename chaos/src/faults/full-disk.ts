import { SMALL_DISK_NODE } from "../cluster.ts";
import type { Fault } from "./fault.ts";
import { rebuildCopy } from "./rebuild-copy.ts";
import { wholeCluster } from "./whole-cluster.ts";

/** The disk of one NATS node is full to the last byte; then there is room again, and its copies are made anew: they lack what came meanwhile. */
export const fullDisk: Fault = {
  name: "full-disk",
  lane: "nodes",
  lasts: [4, 8],
  refused: ({ cluster: { smallDisk } }) => ("refused" in smallDisk ? smallDisk.refused : undefined),
  async inject({ cluster: { smallDisk, nats } }) {
    const node = nats.nodes[SMALL_DISK_NODE];
    if (!node || "refused" in smallDisk || !(await wholeCluster(nats))) return undefined;
    await smallDisk.fill();
    return async () => {
      await smallDisk.empty();
      await node.restart({ dontWait: true });
      await rebuildCopy(nats, node);
    };
  },
};
