import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts, startNatsServer } from "../../../scripts/nats-server/start.ts";
import type { Target } from "../load/link.ts";
import { type LoadProcess, startLoad } from "../load/load-process.ts";
import { usageOf } from "../process/usage.ts";
import type { RunContext, Sample, Scenario } from "../scenario.ts";
import { startOurs } from "../servers/contender.ts";
import { seed } from "../servers/seed.ts";
import { pairs, PAIRS } from "./pairs.ts";

const COUNTS = [1, 2, 3] as const;
const METRIC = "CPU µs per message, servers and NATS";
const ALL_SERVERS = "CPU µs per message, servers";

/** Servers on one NATS. */
interface Cluster extends AsyncDisposable {
  readonly name: string;
  readonly targets: readonly Target[];
  readonly natsPid: number;
  /** One per server. */
  readonly sessions: readonly number[];
}

async function startCluster(count: number, load: LoadProcess): Promise<Cluster> {
  await using started = new AsyncDisposableStack();
  const nats = started.use(await startNatsServer({ syncAlways: false }));
  const dataDirs = await Promise.all(Array.from({ length: count }, () => mkdtemp(join(tmpdir(), "chat-bench-"))));
  const people = await seed({ dataDir: dataDirs[0] ?? "", natsUrl: nats.url, people: 2 * PAIRS });
  const ports = await freePorts(count);
  const targets: Target[] = [];
  const sessions: number[] = [];
  for (const [index, dataDir] of dataDirs.entries()) {
    const port = ports[index] ?? 0;
    const env = { PORT: String(port), NATS_URL: nats.url, DATA_DIR: dataDir };
    const child = started.use(await startOurs({ env, scratch: [dataDir] }));
    targets.push({ protocol: "grpc-web", port, pid: child.pid });
  }
  const { readers, senders } = pairs(people);
  for (const [index, target] of targets.entries()) {
    const here = (_: unknown, at: number): boolean => at % count === index;
    sessions.push(await load.run("open", { target, readers: readers.filter(here), senders: senders.filter(here) }));
  }
  const resources = started.move();
  return {
    name: `${count} server${count > 1 ? "s" : ""}`,
    targets,
    natsPid: nats.pid ?? 0,
    sessions,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function measure(cluster: Cluster, load: LoadProcess, windowMs: number): Promise<Record<string, number>> {
  const cpuUs = (): number => cluster.targets.reduce((sum, { pid }) => sum + usageOf(pid).cpuUs, 0);
  const natsBefore = usageOf(cluster.natsPid).cpuUs;
  const before = cpuUs();
  const results = await Promise.all(cluster.sessions.map((session) => load.run("direct", { session, windowMs })));
  const servers = cpuUs() - before;
  const nats = usageOf(cluster.natsPid).cpuUs - natsBefore;
  const messages = results.reduce((sum, result) => sum + result.messages, 0);
  return {
    [METRIC]: (servers + nats) / messages,
    [ALL_SERVERS]: servers / messages,
    "CPU µs per message, NATS": nats / messages,
    "messages/s": results.reduce((sum, result) => sum + (result.messages * 1_000) / result.elapsedMs, 0),
    lost: results.reduce((sum, result) => sum + result.lost, 0),
  };
}

async function run({ rounds, quick, say }: RunContext): Promise<Sample[]> {
  await using stack = new AsyncDisposableStack();
  const load = stack.use(startLoad());
  const clusters: Cluster[] = [];
  for (const count of COUNTS) {
    clusters.push(stack.use(await startCluster(count, load)));
    say(`started ${count}`);
  }
  const windowMs = quick ? 300 : 1_500;
  for (const cluster of clusters) await measure(cluster, load, windowMs);
  const samples: Sample[] = [];
  for (let round = 0; round < rounds; round++) {
    const first = round % clusters.length;
    for (const cluster of [...clusters.slice(first), ...clusters.slice(0, first)]) {
      samples.push({ variant: "", contender: cluster.name, round, metrics: await measure(cluster, load, windowMs) });
    }
    say(`round ${round + 1} of ${rounds}`);
  }
  return samples;
}

/** What every server's reading of the whole log costs. */
export const servers: Scenario = {
  name: "servers",
  title: `One send as servers grow: ${PAIRS} senders spread over them, gRPC-web, one nats-server`,
  async run(context) {
    const one = { contender: "1 server", variant: "" };
    const three = { contender: "3 servers", variant: "" };
    return {
      samples: await run(context),
      comparisons: [
        {
          label: "a send's total CPU, servers and NATS: 3 servers / 1",
          metric: METRIC,
          ours: three,
          peer: one,
          target: { is: "at most", value: 1.4 },
        },
        { label: "a send's CPU, servers alone: 3 servers / 1", metric: ALL_SERVERS, ours: three, peer: one },
      ],
      columns: [METRIC, ALL_SERVERS, "CPU µs per message, NATS", "messages/s", "lost"],
      notes: [
        "Closed loop, so the load is whatever the machine takes; with fewer senders on each server its records are smaller.",
      ],
    };
  },
};
