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

const HERE = "10.203.7.1";
const THERE = "10.203.7.2";

const sh = (command: string): Buffer => execFileSync("sh", ["-ec", command], { stdio: ["ignore", "pipe", "inherit"] });

async function startReader(url: string, token: string, protocol: string): Promise<ChildProcess> {
  const reader = spawn(
    "unshare",
    ["-n", process.execPath, join(import.meta.dirname, "reader.ts"), url, token, protocol],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  await delay(300); // until it is in a namespace of its own
  const inside = `nsenter -t ${reader.pid} -n`;
  sh(`ip link add va type veth peer name vb netns ${reader.pid}
    ip addr add ${HERE}/30 dev va; ip link set va up
    ${inside} ip addr add ${THERE}/30 dev vb; ${inside} ip link set vb up`);
  reader.stdin?.write("go\n");
  if (reader.stdout) await once(reader.stdout, "data");
  return reader;
}

async function measure(protocol: string): Promise<number> {
  await using server = await startServer({ env: { HOST: "0.0.0.0" } });
  const streams = async (): Promise<number> =>
    Number(/^chat_streams (\d+)$/m.exec(await (await fetch(`${server.url}/metrics`)).text())?.[1]);
  const reader = await startReader(`http://${HERE}:${server.port}`, await tokenOf(server.url, "mehdi"), protocol);
  try {
    await until("the stream is open", async () => (await streams()) === 1);
    await delay(2_000); // so that everything sent so far is acknowledged
    sh(`nsenter -t ${reader.pid} -n tc qdisc add dev vb root blackhole`);
    const vanishedAt = performance.now();
    await until("the stream is gone", async () => (await streams()) === 0, GIVE_UP_MS);
    return performance.now() - vanishedAt;
  } finally {
    reader.kill("SIGKILL");
    sh("ip link del va 2>/dev/null || true");
  }
}

sh("ip link set lo up");
process.stdout.write(`${JSON.stringify({ http1: await measure("http1"), http2: await measure("http2") })}\n`);
process.exit(0);
