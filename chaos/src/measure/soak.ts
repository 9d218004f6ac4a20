import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { megabytes, monotonicMs, quantile, slope } from "./figures.ts";
import { complaints, total } from "./load/missed.ts";
import type { ReadersProcess } from "./load/readers-process.ts";
import type { SdkProcess } from "./load/sdk-process.ts";
import { startSender } from "./load/sender.ts";
import { startWorker } from "./load/worker.ts";
import type { Report, Scenario } from "./scenario.ts";
import type { ChatServer } from "./setup/chat-server.ts";
import { at, killNode, startOnThreeNodes } from "./setup/cluster.ts";
import { makePeople, makeRoom, renew, seqsAfter } from "./setup/people.ts";

const ROOM = "soak";
const PEOPLE = 20;
const SAMPLE_MS = 10_000;
/** Half the life of an access token. */
const RENEW_MS = 300_000;
/** A raw reader is cut, and a client of the SDK signs out and another in, each so often. */
const CUT_MS = 2_000;
const CHANGE_MS = 10_000;
/** How long a killed NATS node is away. */
const AWAY_MS = 20_000;
const SETTLE_MS = 15_000;
const LIVE_TIMEOUT_MS = 30_000;
/** Descriptors a server may have more at the end than after the start: connections kept for the next call. */
const DESCRIPTORS_SLACK = 40;

/** What one server was like at one moment. Bytes and counts. */
interface Sample {
  readonly seconds: number;
  readonly server: number;
  readonly rss: number;
  readonly anonymous: number;
  readonly heap: number;
  readonly descriptors: number;
  readonly streams: number;
}

const COLUMNS = ["seconds", "server", "rss", "anonymous", "heap", "descriptors", "streams"] as const;

/** A long time at moderate load: does anything grow? */
export const soak: Scenario = {
  name: "soak",
  summary: "clients of all kinds come and go at moderate load for an hour, and a NATS node dies now and then",
  options: { minutes: 60, clients: 60, rate: 50, killEvery: 10 },
  async run(context): Promise<Report> {
    const { cleanup, option, say, outDir } = context;
    const { nats, servers } = await startOnThreeNodes(context, 3);
    const urls = servers.map(({ url }) => url);
    const url = at(urls, 0);
    const people = await makePeople(urls, { count: PEOPLE, prefix: "ada" });
    await makeRoom(url, ROOM, people);
    const tokens = (): string[] => people.map(({ token }) => token);
    const raw = (["grpc", "grpc-web"] as const).map((protocol) => ({
      protocol,
      worker: cleanup.use(startWorker<ReadersProcess>(new URL("load/readers-process.ts", import.meta.url))),
    }));
    const sdk = cleanup.use(startWorker<SdkProcess>(new URL("load/sdk-process.ts", import.meta.url)));
    const share = Math.ceil(option("clients") / 4);
    const handles = people.map(({ handle }) => handle);
    for (const [index, { worker, protocol }] of raw.entries()) {
      await worker.ask("open", { url: at(urls, index + 1), tokens: tokens(), count: share, protocol });
      const mine = Array.from({ length: share }, (_, number) => at(handles, (number + index * share) % handles.length));
      await sdk.ask("open", { url: at(urls, index), handles: mine, protocol });
    }
    const crowds = [
      ...raw.map(({ worker }) => ({
        live: () => worker.ask("live", { timeoutMs: LIVE_TIMEOUT_MS }),
        missed: (expected: number[]) => worker.ask("missed", { expected }),
      })),
      {
        live: () => sdk.ask("live", { timeoutMs: LIVE_TIMEOUT_MS }),
        missed: (expected: number[]) => sdk.ask("missed", { expected }),
      },
    ];
    for (const crowd of crowds) await crowd.live();
    const before = (await seqsAfter(url, at(people, 0).token, `#${ROOM}`, 0)).at(-1) ?? 0;

    const samples: Sample[] = [];
    const file = join(outDir, "soak.csv");
    writeFileSync(file, `${COLUMNS.join(",")}\n`);
    const startedAt = monotonicMs();
    const problems: string[] = [];
    let cuts = 0;
    let changes = 0;
    let kills = 0;
    const stop = new AbortController();
    const every = async (ms: number, what: string, work: () => Promise<unknown>): Promise<void> => {
      while (!stop.signal.aborted) {
        await work().catch((error: unknown) => problems.push(`${what}: ${String(error)}`));
        await delay(ms, undefined, { signal: stop.signal }).catch(() => {}); // stopped: the loop ends
      }
    };
    const sender = startSender({ urls, people, to: `#${ROOM}`, perSecond: option("rate") * 0.6 });
    await sdk.ask("talk", { to: handles, perSecond: option("rate") * 0.4 });
    const chores = [
      every(SAMPLE_MS, "sample", async () => {
        for (const [number, server] of servers.entries()) {
          const sample = await sampleOf(server, number, (monotonicMs() - startedAt) / 1_000);
          samples.push(sample);
          appendFileSync(file, `${COLUMNS.map((name) => Math.round(sample[name])).join(",")}\n`);
        }
      }),
      every(CUT_MS, "cut", () => {
        const { worker } = at(raw, cuts++ % raw.length);
        return worker.ask("cut", { ids: [random(share)], url: at(urls, random(urls.length)), backInMs: random(3_000) });
      }),
      every(CHANGE_MS, "change", () => sdk.ask("change", { index: changes++, url: at(urls, random(urls.length)) })),
      every(RENEW_MS, "renew", async () => {
        await renew(at(urls, random(urls.length)), people);
        await Promise.all(raw.map(({ worker }) => worker.ask("renew", { tokens: tokens() })));
      }),
      every(60_000, "say", async () => {
        const minute = Math.round((monotonicMs() - startedAt) / 60_000);
        const now = samples.slice(-servers.length).map(({ rss, descriptors }) => `${megabytes(rss)} ${descriptors} fd`);
        say(
          `${minute} min: ${sender.sent.size} messages; ${now.join(", ")}; ${kills} kills, ${problems.length} problems`,
        );
      }),
    ];
    const endsAt = startedAt + option("minutes") * 60_000;
    while (monotonicMs() < endsAt) {
      await delay(Math.min(option("killEvery") * 60_000, endsAt - monotonicMs()));
      if (monotonicMs() + 2 * AWAY_MS > endsAt) continue;
      const node = kills++ % nats.nodes.length;
      if (!(await killNode(at(nats.nodes, node), AWAY_MS))) say(`NATS node ${node} is still not whole`);
    }
    stop.abort();
    await Promise.all(chores);
    await sender.stop();
    await sdk.ask("stopTalking", undefined);
    await delay(SETTLE_MS);
    for (const crowd of crowds) {
      const late = await crowd.live();
      if (late > 0) problems.push(`${late} clients did not come back`);
    }
    await renew(url, people);
    const expected = await seqsAfter(url, at(people, 0).token, `#${ROOM}`, before);
    const known = new Set(expected);
    const gone = [...sender.sent.keys()].filter((seq) => !known.has(seq)).length;
    const talked = await sdk.ask("talked", undefined);
    const result = total(await Promise.all(crowds.map((crowd) => crowd.missed(expected))));
    const streams = await Promise.all(servers.map(async (server) => (await server.metrics()).get("chat_streams") ?? 0));
    const open = streams.reduce((sum, count) => sum + count, 0);
    const latest = servers.map((_, number) => samples.filter(({ server }) => server === number));
    return {
      columns: ["server", "RSS start", "RSS end", "RSS slope", "heap slope", "descriptors start", "end", "streams"],
      rows: latest.map((series, number) => rowOf(series, number, at(streams, number))),
      notes: [
        `${sender.sent.size} room messages and ${talked.delivered} direct ones acknowledged, ${cuts} streams cut, ${changes} sign-outs and sign-ins, ${kills} NATS nodes killed`,
        `${result.checked} deliveries checked: ${result.lost} lost, ${result.doubled} doubled, ${result.faults} out of order`,
        `samples: ${file}`,
      ],
      wrong: [
        ...problems,
        ...sender.failed,
        ...talked.failures,
        ...complaints("streams", result),
        ...(gone > 0 ? [`${gone} acknowledged messages are gone`] : []),
        ...(open !== 4 * share ? [`${open} streams are open on the servers, ${4 * share} clients there are`] : []),
        ...latest.flatMap((series, number) => leaked(series, number)),
      ],
    };
  },
};

async function sampleOf(server: ChatServer, number: number, seconds: number): Promise<Sample> {
  const [footprint, metrics] = await Promise.all([server.footprint(), server.metrics()]);
  const heap = metrics.get("nodejs_heap_size_used_bytes") ?? NaN;
  return { seconds, server: number, ...footprint, heap, streams: metrics.get("chat_streams") ?? NaN };
}

/** The part of a series after the caches have filled: the first sixth is left out. */
function settled(series: readonly Sample[]): readonly Sample[] {
  return series.slice(Math.floor(series.length / 6));
}

/** The middle of the first and last tenth of a settled series. */
function ends(series: readonly Sample[], name: keyof Sample): readonly [number, number] {
  const values = settled(series).map((sample) => sample[name]);
  const tenth = Math.max(1, Math.floor(values.length / 10));
  return [quantile(values.slice(0, tenth), 0.5), quantile(values.slice(-tenth), 0.5)];
}

function rowOf(series: readonly Sample[], number: number, streams: number): (string | number)[] {
  const perHour = (name: "rss" | "heap"): string =>
    `${((slope(settled(series).map((sample) => [sample.seconds, sample[name]])) * 3_600) / 1e6).toFixed(1)} MB/h`;
  const [rssStart, rssEnd] = ends(series, "rss");
  const [descriptorsStart, descriptorsEnd] = ends(series, "descriptors");
  return [
    number,
    megabytes(rssStart),
    megabytes(rssEnd),
    perHour("rss"),
    perHour("heap"),
    descriptorsStart,
    descriptorsEnd,
    streams,
  ];
}

function leaked(series: readonly Sample[], number: number): string[] {
  const [start, end] = ends(series, "descriptors");
  return end > start + DESCRIPTORS_SLACK ? [`server ${number} has ${end} descriptors open, ${start} at the start`] : [];
}

function random(below: number): number {
  return Math.floor(Math.random() * below);
}
