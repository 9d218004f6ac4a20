import { setTimeout as delay } from "node:timers/promises";
import { duration, median, quantile } from "./figures.ts";
import type { Protocol } from "./load/raw-stream.ts";
import { complaints } from "./load/missed.ts";
import type { Sitting } from "./load/reader.ts";
import type { ReadersProcess } from "./load/readers-process.ts";
import { startSender } from "./load/sender.ts";
import { startWorker } from "./load/worker.ts";
import type { Report, Scenario } from "./scenario.ts";
import { at, startOnOneNode } from "./setup/cluster.ts";
import { makePeople, makeRoom, seqsAfter } from "./setup/people.ts";

const ROOM = "resume";
const PROTOCOLS: readonly Protocol[] = ["grpc-web", "grpc"];
const LIVE_TIMEOUT_MS = 30_000;

/** Streams are cut at random and resumed on any server: is what they get exactly what they missed, and at what price? */
export const resume: Scenario = {
  name: "resume",
  summary: "random cuts, each resumed on any of three servers: what was missed, once, and the bytes it took",
  options: { cuts: 1_000, streams: 40, rate: 25, awayMax: 4_000 },
  async run(context): Promise<Report> {
    const { cleanup, option, say } = context;
    const { servers } = await startOnOneNode(context, 3);
    const urls = servers.map(({ url }) => url);
    const people = await makePeople(urls, { count: 10, prefix: "ada" });
    await makeRoom(at(urls, 0), ROOM, people);
    const tokens = people.map(({ token }) => token);
    const each = option("streams") / PROTOCOLS.length;
    const crowds = PROTOCOLS.map((protocol) => ({
      protocol,
      worker: cleanup.use(startWorker<ReadersProcess>(new URL("load/readers-process.ts", import.meta.url))),
    }));
    // The last reader of each is never cut: it shows what the same events take live.
    for (const { worker, protocol } of crowds) {
      await worker.ask("open", { url: at(urls, 0), tokens, count: each + 1, protocol });
      await worker.ask("live", { timeoutMs: LIVE_TIMEOUT_MS });
    }
    const bytesOfHeads = await Promise.all(crowds.map(({ worker }) => worker.ask("bytes", { ids: [each] })));
    const sender = startSender({ urls, people, to: `#${ROOM}`, perSecond: option("rate") });
    for (let cuts = 0, tries = 0; cuts < option("cuts"); tries++) {
      const { worker } = at(crowds, tries % crowds.length);
      const reader = Math.floor(Math.random() * each);
      const url = at(urls, Math.floor(Math.random() * urls.length));
      const cut = await worker.ask("cut", { ids: [reader], url, backInMs: Math.random() * option("awayMax") });
      cuts += cut;
      if (cut === 0) continue;
      await delay(Math.random() * 140);
      if (cuts % 100 === 0) say(`${cuts} cuts`);
    }
    await sender.stop();
    await delay(option("awayMax"));

    const rows: (string | number)[][] = [];
    const wrong: string[] = [...sender.failed];
    const expected = await seqsAfter(at(urls, 0), at(tokens, 0), `#${ROOM}`, 0);
    const stored = new Set(expected);
    for (const seq of sender.sent.keys()) if (!stored.has(seq)) wrong.push(`the acknowledged message ${seq} is gone`);
    for (const [index, { worker, protocol }] of crowds.entries()) {
      const late = await worker.ask("live", { timeoutMs: LIVE_TIMEOUT_MS });
      if (late > 0) wrong.push(`${protocol}: ${late} streams did not come back`);
      const result = await worker.ask("missed", { expected });
      wrong.push(...complaints(protocol, result));
      const [live = NaN] = await worker.ask("bytes", { ids: [each] });
      const perEvent = (live - (at(bytesOfHeads, index)[0] ?? NaN)) / expected.length;
      const sittings = (await worker.ask("sittings", {})).slice(0, each).flatMap((all) => all.slice(1));
      rows.push([protocol, ...cellsOf(sittings, perEvent), result.lost, result.doubled, result.faults]);
    }
    return {
      columns: [
        "protocol",
        "cuts",
        "caught up",
        "events replayed",
        "bytes an event live",
        "replayed/live",
        "caught up p50",
        "p99",
        "lost",
        "doubled",
        "out of order",
      ],
      rows,
      notes: [
        "Bytes replayed are all that came over the connection until it had caught up: headers, `ready` and the heartbeat too.",
      ],
      wrong,
    };
  },
};

function cellsOf(sittings: readonly Sitting[], bytesLive: number): (string | number)[] {
  const over = sittings.filter((sitting) => sitting.caughtUpAt !== undefined);
  const events = over.reduce((sum, { replayed }) => sum + replayed, 0);
  const bytes = over.reduce((sum, { replayedBytes }) => sum + replayedBytes, 0);
  const times = over.map(({ askedAt, caughtUpAt = NaN }) => caughtUpAt - askedAt);
  return [
    sittings.length,
    over.length,
    `${events} (${median(over.map(({ replayed }) => replayed))} a cut)`,
    bytesLive.toFixed(1),
    (bytes / (events * bytesLive)).toFixed(3),
    duration(quantile(times, 0.5)),
    duration(quantile(times, 0.99)),
  ];
}
