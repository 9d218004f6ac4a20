import type { EngineLogger } from "../engine-logger.ts";
import { DEAF_NODE_LEFT_MS, PROBE_MS } from "./timing.ts";

/**
 * Leaves a NATS node that is connected and of no use. After crashes a node may stand beside its cluster: it takes connections and answers pings, but knows no
 * leader and reaches none, while the other nodes go on. The client would stay with it for ever. Where no node is better, nothing is lost by asking the next one.
 *
 * @param options.isDeaf whether the connection is up and the log has not answered through it for longer than an election takes
 * @param options.leave connects to the next node
 * @returns what stops it
 */
export function leaveDeafNodes(options: {
  isDeaf: () => boolean;
  leave: () => Promise<void>;
  logger: EngineLogger;
}): () => void {
  const { isDeaf, leave, logger } = options;
  let leftAt = -Infinity;
  const timer = setInterval(() => {
    if (!isDeaf() || performance.now() - leftAt < DEAF_NODE_LEFT_MS) return;
    leftAt = performance.now();
    logger.warn("the log does not answer through this NATS node; the next one is tried");
    leave().catch((error: unknown) => logger.warn({ err: error }, "another NATS node can't be tried"));
  }, PROBE_MS);
  timer.unref();
  return () => clearInterval(timer);
}
