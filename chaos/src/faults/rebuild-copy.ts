import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { NatsCluster } from "../../../scripts/nats-server/cluster.ts";
import type { NatsServer } from "../../../scripts/nats-server/start.ts";
import { logCopies } from "../jetstream-view.ts";
import { wholeCluster } from "./whole-cluster.ts";

/** How long the servers live with the damaged copy before somebody mends it. */
const DAMAGED_MS = 4_000;

/**
 * What a node that was made anew is left alone for. Seen with nats-server 2.10.27: both other nodes killed within ten seconds after it, one of them never got
 * into step again. Two nodes gone while the third has just been made anew is more than anybody promises.
 */
const SETTLED_MS = 15_000;

/** How long the other copies may take to be equal. */
const EQUAL_TIMEOUT_MS = 10_000;
const POLL_MS = 200;

/**
 * What an operator does about a node whose disk was damaged, once the servers go on with it: while both other copies are whole and equal, stop the node,
 * delete its JetStream store, start it; JetStream copies everything anew from the others. It never does so by itself: what a copy has lost in the middle
 * stays lost there.
 */
export async function rebuildCopy(nats: NatsCluster, node: NatsServer): Promise<void> {
  await wholeCluster(nats);
  await delay(DAMAGED_MS);
  const deadline = Date.now() + EQUAL_TIMEOUT_MS;
  while (!(await othersAreEqual(nats, node))) {
    if (Date.now() > deadline) throw new Error("the two whole copies are not equal: the third can't be made anew");
    await delay(POLL_MS);
  }
  await node.stop();
  await rm(join(node.storeDir, "store", "jetstream"), { recursive: true, force: true });
  await node.restart({ dontWait: true });
  await wholeCluster(nats);
  await delay(SETTLED_MS);
}

async function othersAreEqual(nats: NatsCluster, node: NatsServer): Promise<boolean> {
  const others = (await logCopies(nats)).filter((copy) => nats.nodes[copy.node] !== node);
  const [one] = others;
  // Under load one is a few records behind the other at any moment; none may lack one in between that the other has. Erased ones are in neither.
  const [lacks, ...lackedByOthers] = others.map(({ messages, last }) => last - messages);
  const isWhole = lackedByOthers.every((count) => count === lacks);
  return (
    others.length === nats.nodes.length - 1 &&
    isWhole &&
    others.every(({ last }) => Math.abs(last - (one?.last ?? 0)) < 20)
  );
}
