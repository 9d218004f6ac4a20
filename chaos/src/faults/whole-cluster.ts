import { setTimeout as delay } from "node:timers/promises";
import type { NatsCluster } from "../../../scripts/nats-server/cluster.ts";
import { logCopies } from "../jetstream-view.ts";

/** How long a fault that damages data waits for all copies to be whole. */
const WAIT_MS = 20_000;
const POLL_MS = 250;

/** Resolves with true when every node has everything that the log held at the start of the wait, false when that takes too long. */
export async function wholeCluster(nats: NatsCluster): Promise<boolean> {
  const deadline = Date.now() + WAIT_MS;
  const isIn = await Promise.race([
    nats.ready().then(
      () => true,
      () => false, // said by the node's log; no time for it here
    ),
    delay(WAIT_MS, false, { ref: false }),
  ]);
  if (!isIn) return false;
  const head = Math.max(0, ...(await logCopies(nats)).map(({ last }) => last));
  while (Date.now() < deadline) {
    const copies = await logCopies(nats);
    if (copies.length === nats.nodes.length && copies.every(({ last }) => last >= head)) return true;
    await delay(POLL_MS);
  }
  return false;
}
