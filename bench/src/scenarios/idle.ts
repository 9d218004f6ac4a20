import { setTimeout as delay } from "node:timers/promises";
import { startLoad } from "../load/load-process.ts";
import { usageOf } from "../process/usage.ts";
import type { Comparison, RunContext, Sample, Scenario } from "../scenario.ts";
import { type Contender, startContender } from "../servers/contender.ts";

const COUNTS = [1_000, 4_000] as const;
const METRIC = "resident KB per stream";
const HEARTBEATS = "CPU µs per stream and second";

/** Streams that were opened and closed before memory is first looked at: code is loaded, pools are filled. */
const WARM_UP = 100;
const SETTLE_MS = 2_500;
/** Two pings of Socket.IO (25 s), two and a half heartbeats of ours (20 s). */
const HEARTBEAT_WINDOW_MS = 50_000;

const CONTENDERS = [
  { name: "ours embedded grpc-web", server: "ours", protocol: "grpc-web" },
  { name: "ours embedded grpc", server: "ours", protocol: "grpc" },
  { name: "socket.io", server: "socket.io", protocol: "socket.io" },
  { name: "floor http1", server: "floor", protocol: "floor-http1" },
  { name: "floor http2", server: "floor", protocol: "floor-http2" },
] as const satisfies readonly Contender[];

/** Opens streams on a server that has just been started, and looks at it. With `watch`, at its heartbeats too. */
async function measure(
  contender: Contender,
  counts: readonly number[],
  watchMs: number,
): Promise<Record<string, number>[]> {
  const most = counts.at(-1) ?? 0;
  await using load = startLoad();
  await using running = await startContender(contender, { people: most + WARM_UP, room: "#idle" });
  const { target, people } = running;
  const session = await load.run("open", { target, readers: people.slice(most), room: "#idle", senders: [] });
  await load.run("close", { session });
  await delay(SETTLE_MS);
  const empty = usageOf(target.pid).residentBytes;
  const figures: Record<string, number>[] = [];
  let opened = 0;
  for (const count of counts) {
    await load.run("open", { target, readers: people.slice(opened, count), room: "#idle", senders: [] });
    opened = count;
    await delay(SETTLE_MS);
    const { residentBytes } = usageOf(target.pid);
    figures.push({ [METRIC]: (residentBytes - empty) / count / 1_000, "resident MB": residentBytes / 1e6 });
  }
  const last = figures.at(-1);
  if (last && watchMs > 0) {
    const before = usageOf(target.pid).cpuUs;
    await delay(watchMs);
    last[HEARTBEATS] = (usageOf(target.pid).cpuUs - before) / most / (watchMs / 1_000);
  }
  return figures;
}

async function run({ rounds, quick, wants, say }: RunContext): Promise<Sample[]> {
  const counts = quick ? [100, 200] : COUNTS;
  const contenders = CONTENDERS.filter(wants);
  const samples: Sample[] = [];
  const add = (contender: string, round: number, figures: readonly Record<string, number>[]): void => {
    for (const [index, count] of counts.entries())
      samples.push({ variant: variantOf(count), contender, round, metrics: figures[index] ?? {} });
  };
  for (let round = 0; round < rounds; round++) {
    // Memory can be looked at side by side, and heartbeats take time to come and next to none to send.
    const watchMs = round > 0 || quick ? 0 : HEARTBEAT_WINDOW_MS;
    const all = await Promise.all(contenders.map((contender) => measure(contender, counts, watchMs)));
    contenders.forEach(({ name }, index) => add(name, round, all[index] ?? []));
    say(`round ${round + 1} of ${rounds}`);
  }
  return samples;
}

function variantOf(count: number): string {
  return `${count} streams`;
}

function compare(ours: string, metric: string, count: number, target?: number): Comparison {
  return {
    label: `idle, ${count} streams, ${metric}: ${ours} / socket.io`,
    metric,
    ours: { contender: ours, variant: variantOf(count) },
    peer: { contender: "socket.io", variant: variantOf(count) },
    ...(target !== undefined && { target: { is: "at most", value: target } }),
  };
}

/** What somebody costs who is only there. */
export const idle: Scenario = {
  name: "idle",
  title:
    "Streams on which nothing happens: memory of each, over that of the same server without them, and CPU of their heartbeats",
  async run(context) {
    return {
      samples: await run(context),
      comparisons: [
        ...COUNTS.flatMap((count) =>
          ["ours embedded grpc-web", "ours embedded grpc"].map((ours) => compare(ours, METRIC, count, 0.8)),
        ),
        ...["ours embedded grpc-web", "ours embedded grpc"].map((ours) => compare(ours, HEARTBEATS, COUNTS[1])),
      ],
      columns: [METRIC, "resident MB", HEARTBEATS],
      notes: [
        "A new server each time: memory that was once used is seldom given back. Nothing forces a collection.",
        "Ours sends a heartbeat every 20 s, Socket.IO a ping every 25 s that is answered; the floor sends none.",
      ],
    };
  },
};
