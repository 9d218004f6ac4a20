import { setTimeout as delay } from "node:timers/promises";
import { duration, megabytes, monotonicMs, quantile } from "./figures.ts";
import { complaints } from "./load/missed.ts";
import type { Protocol } from "./load/raw-stream.ts";
import type { ReadersProcess } from "./load/readers-process.ts";
import { startSender } from "./load/sender.ts";
import { startWorker, type Worker } from "./load/worker.ts";
import type { Report, Scenario, ScenarioContext } from "./scenario.ts";
import type { ChatServer } from "./setup/chat-server.ts";
import { at, startOnOneNode } from "./setup/cluster.ts";
import { makePeople, makeRoom, type Person, seqsAfter } from "./setup/people.ts";

const ROOM = "storm";
const PROTOCOLS: readonly Protocol[] = ["grpc-web", "grpc"];
const LIVE_TIMEOUT_MS = 60_000;
const SAMPLE_MS = 100;
/** By then a server has let go of streams that were cut, however busy it is. */
const REAP_MS = 30_000;
/** Longer than a heartbeat, so that every stream had one, and long enough for a collection of garbage. */
const SETTLE_MS = 25_000;

/** Everybody comes back at once: is everybody served, and does the memory it took come back? */
export const storm: Scenario = {
  name: "storm",
  summary: "all clients lose their connections and come back to one server in the same moment",
  // A session has at most 64 streams, and those that were cut count until the server has noticed: 25 for each person leave room for as many new ones.
  options: { streams: 2_000, people: 80, rate: 1, rounds: 2 },
  async run(context): Promise<Report> {
    const { cleanup, option } = context;
    const { servers } = await startOnOneNode(context, 1);
    const server = at(servers, 0);
    const people = await makePeople([server.url], { count: option("people"), prefix: "ada" });
    await makeRoom(server.url, ROOM, people);
    const rows: (string | number)[][] = [];
    const wrong: string[] = [];
    for (const protocol of PROTOCOLS) {
      const worker = cleanup.use(startWorker<ReadersProcess>(new URL("load/readers-process.ts", import.meta.url)));
      const tokens = people.map(({ token }) => token);
      await worker.ask("open", { url: server.url, tokens, count: option("streams"), protocol });
      await worker.ask("live", { timeoutMs: LIVE_TIMEOUT_MS });
      const before = (await seqsAfter(server.url, at(tokens, 0), `#${ROOM}`, 0)).at(-1) ?? 0;
      for (let round = 1; round <= option("rounds"); round++)
        rows.push(await oneStorm(context, { server, worker, people, protocol, round, wrong }));
      const expected = await seqsAfter(server.url, at(tokens, 0), `#${ROOM}`, before);
      const result = await worker.ask("missed", { expected });
      wrong.push(...complaints(protocol, result));
      rows.push([
        `${protocol}: ${result.checked} deliveries`,
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        `${result.lost} lost`,
        `${result.doubled} doubled`,
      ]);
      await worker.ask("close", undefined);
      let open = Infinity;
      for (const until = monotonicMs() + REAP_MS; open > 0 && monotonicMs() < until; await delay(SAMPLE_MS))
        open = (await server.metrics()).get("chat_streams") ?? NaN;
      if (open !== 0) wrong.push(`${protocol}: ${open} streams are left when all clients have gone`);
    }
    return {
      columns: [
        "storm",
        "streams",
        "back p50",
        "p99",
        "last",
        "connections a stream",
        "server CPU",
        "RSS before",
        "peak",
        "after",
      ],
      rows,
      wrong,
    };
  },
};

async function oneStorm(
  { option, say }: ScenarioContext,
  storm: {
    server: ChatServer;
    worker: Worker<ReadersProcess>;
    people: readonly Person[];
    protocol: Protocol;
    round: number;
    wrong: string[];
  },
): Promise<(string | number)[]> {
  const { server, worker, people, protocol, round, wrong } = storm;
  await delay(SETTLE_MS);
  const before = await server.footprint();
  const sender = startSender({ urls: [server.url], people, to: `#${ROOM}`, perSecond: option("rate") });
  await delay(2_000);
  let peak = 0;
  const sampler = setInterval(() => {
    void server.footprint().then(({ rss }) => (peak = Math.max(peak, rss)));
  }, SAMPLE_MS);
  const { cpuMs } = await server.footprint();
  const cutAt = monotonicMs();
  await worker.ask("cut", { url: server.url, backInMs: 0 });
  const late = await worker.ask("live", { timeoutMs: LIVE_TIMEOUT_MS });
  const cpu = (await server.footprint()).cpuMs - cpuMs;
  if (late > 0) {
    const last = (await worker.ask("sittings", {})).map((all) => all.at(-1));
    const silent = last.filter((sitting) => sitting?.readyAt === undefined).length;
    wrong.push(`${protocol}, round ${round}: ${late} streams did not come back, ${silent} of them without a word`);
  }
  await delay(2_000);
  await sender.stop();
  wrong.push(...sender.failed);
  clearInterval(sampler);
  const sittings = (await worker.ask("sittings", {})).map((all) => all.filter(({ askedAt }) => askedAt >= cutAt));
  const times = sittings.map((all) => (all.at(-1)?.caughtUpAt ?? Infinity) - cutAt);
  await delay(SETTLE_MS);
  const after = await server.footprint();
  const failed = sittings.flat().filter(({ readyAt }) => readyAt === undefined);
  const reasons = Map.groupBy(failed, ({ endedBy }) => endedBy ?? "never ended");
  for (const [reason, all] of reasons)
    say(`${protocol}, ${round}: ${all.length} connections came to nothing: ${reason}`);
  const row = [
    `${protocol}, ${round}`,
    times.length,
    duration(quantile(times, 0.5)),
    duration(quantile(times, 0.99)),
    duration(quantile(times, 1)),
    (sittings.flat().length / times.length).toFixed(2),
    duration(cpu),
    megabytes(before.rss),
    megabytes(peak),
    megabytes(after.rss),
  ];
  say(row.join("  "));
  return row;
}
