// Runs in a network namespace of its own (`unshare -rn`): a server here, a reader in another one, joined by a virtual cable. The reader's side
// then loses all that leaves it, without a reset. Prints how long the server kept each protocol's stream, as JSON.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { tokenOf } from "../call.ts";
import { startServer, until } from "../harness.ts";

/** Longer than any promise, shorter than the kernel's own quarter of an hour. */
const GIVE_UP_MS = 60_000;

const PROTOCOLS = ["http1", "http2"] as const;

const sh = (command: string): Buffer => execFileSync("sh", ["-ec", command], { stdio: ["ignore", "pipe", "inherit"] });

/** A cable of its own for each reader. */
const cableOf = (protocol: string) => {
  const net = `10.203.${PROTOCOLS.findIndex((one) => one === protocol)}`;
  return { here: `${net}.1`, there: `${net}.2`, near: `near-${protocol}`, far: `far-${protocol}` };
};

async function startReader(port: number, token: string, protocol: string): Promise<ChildProcess> {
  const { here, there, near, far } = cableOf(protocol);
  const program = join(import.meta.dirname, "reader.ts");
  const reader = spawn("unshare", ["-n", process.execPath, program, `http://${here}:${port}`, token, protocol], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await delay(300); // until it is in a namespace of its own
  const inside = `nsenter -t ${reader.pid} -n`;
  sh(`ip link add ${near} type veth peer name ${far} netns ${reader.pid}
    ip addr add ${here}/30 dev ${near}; ip link set ${near} up
    ${inside} ip addr add ${there}/30 dev ${far}; ${inside} ip link set ${far} up`);
  reader.stdin?.write("go\n");
  if (reader.stdout) await once(reader.stdout, "data");
  return reader;
}

async function measure(protocol: string): Promise<number> {
  const { near, far } = cableOf(protocol);
  await using server = await startServer({ env: { HOST: "0.0.0.0" } });
  const streams = async (): Promise<number> =>
    Number(/^chat_streams (\d+)$/m.exec(await (await fetch(server.metricsUrl)).text())?.[1]);
  const reader = await startReader(server.port, await tokenOf(server.url, "mehdi"), protocol);
  try {
    await until("the stream is open", async () => (await streams()) === 1);
    await delay(2_000); // so that everything sent so far is acknowledged
    sh(`nsenter -t ${reader.pid} -n tc qdisc add dev ${far} root blackhole`);
    const vanishedAt = performance.now();
    await until("the stream is gone", async () => (await streams()) === 0, GIVE_UP_MS);
    return performance.now() - vanishedAt;
  } finally {
    reader.kill("SIGKILL");
    sh(`ip link del ${near} 2>/dev/null || true`);
  }
}

sh("ip link set lo up");
const took = await Promise.all(PROTOCOLS.map(async (protocol) => [protocol, await measure(protocol)] as const));
process.stdout.write(`${JSON.stringify(Object.fromEntries(took))}\n`);
process.exit(0);
