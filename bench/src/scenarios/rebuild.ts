import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { freePorts } from "../../../scripts/nats-server/start.ts";
import { usageOf } from "../process/usage.ts";
import type { RunContext, Sample, Scenario } from "../scenario.ts";
import { type BigLog, bigLog } from "../servers/big-log.ts";
import { startOurs } from "../servers/contender.ts";

const SIZES = [1_000, 1_000_000] as const;
const REBUILD_ROUNDS_MAX = 3;
const READY = "seconds to ready";
const RATE = "events/s";
/** The target, as a peer that takes part in every round: ratios say how far it is reached. */
const TARGET = "target";
const TARGET_RATE = 40_000;

async function start(log: BigLog): Promise<Record<string, number>> {
  const [port] = (await freePorts(1)) as [number];
  const startedAt = performance.now();
  await using child = await startOurs({ env: { PORT: String(port), DATA_DIR: log.dataDir } });
  const seconds = (performance.now() - startedAt) / 1_000;
  const { cpuUs, residentBytes } = usageOf(child.pid);
  return { [READY]: seconds, "CPU s": cpuUs / 1e6, "resident MB": residentBytes / 1e6 };
}

async function forgetProjection({ dataDir }: BigLog): Promise<void> {
  for (const file of await readdir(dataDir)) if (file.startsWith("projection.db")) await rm(join(dataDir, file));
}

async function run({ rounds, quick, say }: RunContext): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const size of quick ? [SIZES[0], 20_000] : SIZES) {
    const log = await bigLog(size, say);
    const contender = `${size.toLocaleString("en")} messages`;
    for (let round = 0; round < Math.min(rounds, REBUILD_ROUNDS_MAX); round++) {
      await forgetProjection(log);
      const metrics = await start(log);
      const rates = {
        [RATE]: log.events / (metrics[READY] ?? NaN),
        "events per CPU s": log.events / (metrics["CPU s"] ?? NaN),
      };
      samples.push({ variant: "rebuild", contender, round, metrics: { ...metrics, ...rates } });
      if (size === SIZES[1])
        samples.push({ variant: "rebuild", contender: TARGET, round, metrics: { [RATE]: TARGET_RATE } });
      say(`${contender}: rebuilt`);
    }
    for (let round = 0; round < rounds; round++)
      samples.push({ variant: "start", contender, round, metrics: await start(log) });
  }
  return samples;
}

/** What a server takes until it is ready. */
export const rebuild: Scenario = {
  name: "rebuild",
  title: "From starting the process to ready: with the projection to be made anew from the log, and with it in place",
  async run(context) {
    const large = `${SIZES[1].toLocaleString("en")} messages`;
    return {
      samples: await run(context),
      comparisons: [
        {
          label: `rebuild of 1,000,000 messages, events/s: measured / ${TARGET_RATE.toLocaleString("en")}`,
          metric: RATE,
          ours: { contender: large, variant: "rebuild" },
          peer: { contender: TARGET, variant: "rebuild" },
          target: { is: "at least", value: 1 },
        },
        {
          label: "start with the projection in place, seconds: 1,000,000 messages / 1,000",
          metric: READY,
          ours: { contender: large, variant: "start" },
          peer: { contender: `${SIZES[0].toLocaleString("en")} messages`, variant: "start" },
        },
      ],
      columns: [READY, RATE, "events per CPU s", "CPU s", "resident MB"],
      notes: ["The rate is of the whole time, the process's start included."],
    };
  },
};
