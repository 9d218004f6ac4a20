/**
 * `npm run nats`: a nats-server with JetStream for development, under the data directory, until it is stopped. Clients reach it at
 * NATS_PORT, 4222 by default.
 */
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startNatsServer } from "./nats-server/start.ts";
import { ROOT } from "./paths.ts";
import { stopSignal } from "./services.ts";

/** How soon the end of the process is noticed. */
const POLL_MS = 250;

const dataDir = resolve(ROOT, process.env.DATA_DIR || "data");
const stop = stopSignal(() => {});
const nats = await startNatsServer({ storeDir: join(dataDir, "nats"), port: Number(process.env.NATS_PORT || 4222) });
console.log(`nats-server listens on ${nats.url}; its log is ${nats.logFile}`);

while (nats.pid !== undefined && !stop.aborted) {
  await delay(POLL_MS, undefined, { signal: stop }).catch(() => {}); // stopped: the loop ends
}
const died = !stop.aborted;
await nats.stop();
if (died) console.error(`nats-server ended; ${nats.logFile} says why`);
process.exit(died ? 1 : 0);
