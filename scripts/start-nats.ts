/** `npm run start:nats`: a nats-server with JetStream under the data directory and two servers on it, at PORT and PORT + 2. */
import { createConnection } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ensureNatsServer } from "./nats-server/ensure.ts";
import { ROOT } from "./paths.ts";
import { runServices, stopSignal, type Service } from "./services.ts";
import { ensureWebBuilt } from "./web-build.ts";

const port = Number(process.env.PORT || 7000);
const tlsPort = Number(process.env.TLS_PORT || 7001);
const natsPort = Number(process.env.NATS_PORT || 4222);
const dataDir = resolve(ROOT, process.env.DATA_DIR || "data");

const stop = stopSignal(console.log);
await ensureWebBuilt(console.log);
await ensureNatsServer();
if (await listens(natsPort)) {
  console.error(`Port ${natsPort} is in use: stop what listens there, or set NATS_PORT.`);
  process.exit(1);
}

const { died } = await runServices(
  [
    {
      name: "nats",
      command: "node",
      args: ["scripts/nats.ts"],
      env: { DATA_DIR: dataDir, NATS_PORT: String(natsPort) },
    },
    server(1),
    server(2),
  ],
  { output: process.stdout, signal: stop },
);
process.exit(died.length > 0 ? 1 : 0);

function server(number: number): Service {
  const offset = 2 * (number - 1);
  return {
    name: `server-${number}`,
    command: "node",
    args: ["server/src/main.ts"],
    env: {
      NATS_URL: `nats://127.0.0.1:${natsPort}`,
      DATA_DIR: join(dataDir, `server-${number}`),
      DEMO_USERS: process.env.DEMO_USERS ?? "1",
      PORT: String(port + offset),
      TLS_PORT: String(tlsPort + offset),
    },
  };
}

/** Whether something on this machine accepts connections there. */
async function listens(at: number): Promise<boolean> {
  const socket = createConnection({ host: "127.0.0.1", port: at });
  try {
    return await Promise.race([
      new Promise<boolean>((answer) => socket.once("connect", () => answer(true)).once("error", () => answer(false))),
      delay(1_000, false),
    ]);
  } finally {
    socket.destroy();
  }
}
