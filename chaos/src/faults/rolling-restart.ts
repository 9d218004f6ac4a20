import { setTimeout as delay } from "node:timers/promises";
import type { Fault } from "./fault.ts";

/** How long the next server waits for the one before it to be ready: whoever upgrades would wait. Past it, NATS is away for longer than any fault here. */
const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 200;

/** All chat servers in turn, each by SIGTERM, as an upgrade does it. */
export const rollingRestart: Fault = {
  name: "rolling-restart",
  lane: "servers",
  lasts: [0, 1],
  async inject({ cluster, note }) {
    for (const server of cluster.servers) {
      const code = await server.stop();
      if (code !== 0) note(`${server.name} ended with ${String(code)} when it was asked to stop`);
      await server.start();
      const deadline = Date.now() + READY_TIMEOUT_MS;
      while ((await server.whyNotReady()) !== undefined && Date.now() < deadline) await delay(POLL_MS);
    }
    return async () => {};
  },
};
