import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts, startNatsServer } from "../../../scripts/nats-server/start.ts";
import type { Identity, Target } from "../load/link.ts";
import { type LoadProcess, startLoad } from "../load/load-process.ts";
import { usageOf } from "../process/usage.ts";
import type { Comparison, RunContext, Sample, Scenario } from "../scenario.ts";
import { startOurs } from "../servers/contender.ts";
import { seed } from "../servers/seed.ts";
import { pairs, PAIRS } from "./pairs.ts";

const COUNTS = [1, 2, 3] as const;
/** Messages to each server, per variant, before anything is measured. */
const WARM_UP = 3_000;
const METRIC = "CPU µs per message, servers and NATS";
const ALL_SERVERS = "CPU µs per message, servers";

/** Servers on one NATS. */
interface Cluster extends AsyncDisposable {
  readonly name: string;
  readonly targets: readonly Target[];
  readonly natsPid: number;
  /** Of each variant, one per server. */
  readonly sessions: Readonly<Record<Variant, readonly number[]>>;
}

/** How many send: the same number however many servers there are, or as many more as there are servers. */
const VARIANTS = [`${PAIRS} senders in all`, `${PAIRS} senders each`] as const;
type Variant = (typeof VARIANTS)[number];

async function startCluster(count: number, load: LoadProcess): Promise<Cluster> {
  await using started = new AsyncDisposableStack();
  const nats = started.use(await startNatsServer({ syncAlways: false }));
  const dataDirs = await Promise.all(Array.from({ length: count }, () => mkdtemp(join(tmpdir(), "chat-bench-"))));
  const people = await seed({ dataDir: dataDirs[0] ?? "", natsUrl: nats.url, people: 2 * PAIRS * (count + 1) });
  const ports = await freePorts(count);
  const targets: Target[] = [];
  for (const [index, dataDir] of dataDirs.entries()) {
    const port = ports[index] ?? 0;
    const env = { PORT: String(port), NATS_URL: nats.url, DATA_DIR: dataDir };
    const child = started.use(await startOurs({ env, scratch: [dataDir] }));
    targets.push({ protocol: "grpc-web", port, pid: child.pid });
  }
  /** Pairs of these people, spread over the servers. */
  async function open(those: readonly Identity[]): Promise<number[]> {
    const { readers, senders } = pairs(those);
    const opened: number[] = [];
    for (const [index, target] of targets.entries()) {
      const here = (_: unknown, at: number): boolean => at % count === index;
      opened.push(await load.run("open", { target, readers: readers.filter(here), senders: senders.filter(here) }));
    }
    return opened;
  }

  const [inAll, each] = VARIANTS;
  const sessions = { [inAll]: await open(people.slice(0, 2 * PAIRS)), [each]: await open(people.slice(2 * PAIRS)) };
  const resources = started.move();
  return {
    name: `${count} server${count > 1 ? "s" : ""}`,
    targets,
    natsPid: nats.pid ?? 0,
    sessions,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function measure(
  cluster: Cluster,
  variant: Variant,
  load: LoadProcess,
  windowMs: number,
): Promise<Record<string, number>> {
  const cpuUs = (): number => cluster.targets.reduce((sum, { pid }) => sum + usageOf(pid).cpuUs, 0);
  const natsBefore = usageOf(cluster.natsPid).cpuUs;
  const before = cpuUs();
  const results = await Promise.all(
    cluster.sessions[variant].map((session) => load.run("direct", { session, windowMs })),
  );
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
  const warmUp = { windowMs, atLeast: quick ? 0 : WARM_UP };
  for (const { sessions } of clusters) {
    for (const variant of VARIANTS)
      await Promise.all(sessions[variant].map((session) => load.run("direct", { session, ...warmUp })));
  }
  const samples: Sample[] = [];
  for (let round = 0; round < rounds; round++) {
    const first = round % clusters.length;
    for (const cluster of [...clusters.slice(first), ...clusters.slice(0, first)]) {
      for (const variant of VARIANTS) {
        const metrics = await measure(cluster, variant, load, windowMs);
        samples.push({ variant, contender: cluster.name, round, metrics });
      }
    }
    say(`round ${round + 1} of ${rounds}`);
  }
  return samples;
}

function compare(variant: Variant, metric: string, target?: number): Comparison {
  return {
    label: `${variant}, ${metric}: 3 servers / 1`,
    metric,
    ours: { contender: "3 servers", variant },
    peer: { contender: "1 server", variant },
    ...(target !== undefined && { target: { is: "at most", value: target } }),
  };
}

/** What every server's reading of the whole log costs. */
export const servers: Scenario = {
  name: "servers",
  title: `One send as servers grow: ${PAIRS} senders spread over them, and ${PAIRS} on each; gRPC-web, one nats-server`,
  async run(context) {
    return {
      samples: await run(context),
      comparisons: VARIANTS.flatMap((variant) => [compare(variant, METRIC, 1.4), compare(variant, ALL_SERVERS)]),
      columns: [METRIC, ALL_SERVERS, "CPU µs per message, NATS", "messages/s", "lost"],
      notes: [
        "Closed loop, so the load is whatever the machine takes. The same senders on more servers fill smaller records, and more of them, which every server applies.",
      ],
    };
  },
};
