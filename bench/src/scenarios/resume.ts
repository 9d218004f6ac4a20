import { freePorts } from "../../../scripts/nats-server/start.ts";
import type { Protocol } from "../load/link.ts";
import { type LoadProcess, startLoad } from "../load/load-process.ts";
import type { RunContext, Sample, Scenario } from "../scenario.ts";
import { bigLog } from "../servers/big-log.ts";
import { startOurs } from "../servers/contender.ts";

const MESSAGES = 100_000;
const PROTOCOLS = ["grpc-web", "grpc"] as const satisfies readonly Protocol[];
/** Missed events, and how often somebody reconnects in a round. */
const MISSED = { 0: 200, 100: 100, 10_000: 5 } as const;

async function run({ rounds, quick, say }: RunContext, load: LoadProcess): Promise<Sample[]> {
  const log = await bigLog(quick ? 20_000 : MESSAGES, say);
  const [port] = (await freePorts(1)) as [number];
  await using child = await startOurs({ env: { PORT: String(port), DATA_DIR: log.dataDir } });
  const samples: Sample[] = [];
  for (let round = -1; round < rounds; round++) {
    const turn = round % 2 === 0 ? PROTOCOLS : PROTOCOLS.toReversed();
    for (const protocol of turn) {
      for (const [missed, often] of Object.entries(MISSED)) {
        const events = Number(missed);
        const times = quick ? Math.ceil(often / 10) : often;
        const { latency, cpuUs } = await load.run("resume", {
          target: { protocol, port, pid: child.pid },
          identity: log.reader,
          cursor: log.cursors[events] ?? "",
          events,
          times,
        });
        const metrics = {
          "p50 ms": latency.p50 / 1_000,
          "p99 ms": latency.p99 / 1_000,
          "CPU µs per reconnect": cpuUs / times,
          ...(events > 0 && { "CPU µs per event": cpuUs / times / events }),
        };
        const variant = `${events.toLocaleString("en")} events missed`;
        // The first time warms up.
        if (round >= 0) samples.push({ variant, contender: `ours embedded ${protocol}`, round, metrics });
      }
    }
    if (round >= 0) say(`round ${round + 1} of ${rounds}`);
  }
  return samples;
}

/** What it costs to come back. */
export const resume: Scenario = {
  name: "resume",
  title: `Reconnecting with a cursor to a log of ${MESSAGES.toLocaleString("en")} messages, one at a time: from connecting to "caught up"`,
  async run(context) {
    await using load = startLoad();
    return {
      samples: await run(context, load),
      comparisons: [],
      columns: ["p50 ms", "p99 ms", "CPU µs per reconnect", "CPU µs per event"],
      notes: [
        "Each reconnect checks that exactly the missed events came. Socket.IO has nothing to compare: it recovers two minutes at best.",
      ],
    };
  },
};
