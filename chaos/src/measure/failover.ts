import { setTimeout as delay } from "node:timers/promises";
import { duration, monotonicMs, quantile } from "./figures.ts";
import { complaints, total } from "./load/missed.ts";
import { startSender } from "./load/sender.ts";
import type { SdkProcess } from "./load/sdk-process.ts";
import { startWorker } from "./load/worker.ts";
import type { Report, Scenario, ScenarioContext } from "./scenario.ts";
import { at, startOnOneNode } from "./setup/cluster.ts";
import { startFront } from "./setup/front.ts";
import { makePeople, makeRoom, seqsAfter } from "./setup/people.ts";

const SDK_PROCESSES = 2;
/** Longer than the time after which the SDK holds a stream for a good one. */
const STEADY_MS = 12_000;
const ROOM = "failover";

/** A server dies under its streams: how long until they receive again elsewhere. */
export const failover: Scenario = {
  name: "failover",
  summary: "kill -9 of the server that all streams are on; clients of the SDK find their way to the two others",
  options: { streams: 500, rate: 10, people: 50, rounds: 3 },
  async run(context) {
    const { cleanup, option, say } = context;
    const { servers } = await startOnOneNode(context, 3);
    const front = cleanup.use(await startFront([at(servers, 0).port]));
    const people = await makePeople(
      servers.map(({ url }) => url),
      { count: option("people"), prefix: "ada" },
    );
    await makeRoom(at(servers, 1).url, ROOM, people);
    say(`${option("streams")} clients sign in`);
    const load = Array.from({ length: SDK_PROCESSES }, () =>
      cleanup.use(startWorker<SdkProcess>(new URL("load/sdk-process.ts", import.meta.url))),
    );
    const handles = Array.from({ length: option("streams") }, (_, index) => at(people, index % people.length).handle);
    await Promise.all(
      load.map((worker, index) =>
        worker.ask("open", {
          url: front.url,
          handles: handles.filter((_, number) => number % SDK_PROCESSES === index),
          protocol: index % 2 === 0 ? "grpc" : "grpc-web",
        }),
      ),
    );
    const late = (await Promise.all(load.map((worker) => worker.ask("live", { timeoutMs: 60_000 })))).reduce(sum, 0);
    return measure(context, { servers, front, people, load, late });
  },
};

async function measure(
  { option, say }: ScenarioContext,
  { servers, front, people, load, late }: Scene,
): Promise<Report> {
  const before = await lastSeq(at(servers, 1).url, people[0]?.token ?? "");
  const rows: (string | number)[][] = [];
  const wrong: string[] = late > 0 ? [`${late} clients did not begin`] : [];
  const allSent = new Map<number, number>();
  // All streams are on the victim; the next round's victim is the first that they fled to, alone in the route again.
  for (let round = 0; round < option("rounds"); round++) {
    const victim = at(servers, round % servers.length);
    const others = servers.filter((server) => server !== victim);
    const sender = startSender({
      urls: others.map(({ url }) => url),
      people,
      to: `#${ROOM}`,
      perSecond: option("rate"),
    });
    await delay(STEADY_MS);
    front.route(servers.map(({ port }) => port));
    const onVictim = (await victim.metrics()).get("chat_streams") ?? 0;
    const since = monotonicMs();
    await victim.kill();
    await Promise.all(load.map((worker) => worker.ask("live", { timeoutMs: 30_000 })));
    await delay(2_000);
    await sender.stop();
    for (const [seq, sentAt] of sender.sent) allSent.set(seq, sentAt);
    wrong.push(...sender.failed);
    const seqs = new Set([...sender.sent].filter(([, sentAt]) => sentAt >= since).map(([seq]) => seq));
    const recoveries = (await Promise.all(load.map((worker) => worker.ask("recoveries", { since, seqs })))).flat();
    const lost = recoveries.filter(({ noticedAt }) => noticedAt !== undefined);
    const never = lost.filter(({ receivingAt, liveAt }) => receivingAt === undefined || liveAt === undefined).length;
    if (never > 0) wrong.push(`round ${round + 1}: ${never} streams never received again`);
    if (lost.length !== onVictim)
      wrong.push(`round ${round + 1}: ${onVictim} streams were there, ${lost.length} moved`);
    const times = (name: "noticedAt" | "liveAt" | "receivingAt"): number[] =>
      lost.map((recovery) => (recovery[name] ?? Infinity) - since);
    rows.push([
      round + 1,
      lost.length,
      duration(quantile(times("noticedAt"), 0.99)),
      duration(quantile(times("liveAt"), 0.5)),
      duration(quantile(times("receivingAt"), 0.5)),
      duration(quantile(times("receivingAt"), 0.99)),
      duration(quantile(times("receivingAt"), 1)),
      Math.max(...lost.map(({ tries }) => tries)),
    ]);
    say(`round ${round + 1}: p99 ${String(rows.at(-1)?.[5])}`);
    await gather({ servers, victim, front, load }, at(servers, (round + 1) % servers.length));
  }
  const expected = await seqsAfter(at(servers, 1).url, people[0]?.token ?? "", `#${ROOM}`, before);
  for (const seq of allSent.keys()) if (!expected.includes(seq)) wrong.push(`the acknowledged message ${seq} is gone`);
  const result = total(await Promise.all(load.map((worker) => worker.ask("missed", { expected }))));
  wrong.push(...complaints("streams", result));
  return {
    columns: ["round", "streams", "noticed p99", "live p50", "receiving p50", "receiving p99", "slowest", "most tries"],
    rows,
    notes: [
      `${result.checked} deliveries checked: ${result.lost} lost, ${result.doubled} doubled, ${result.faults} out of order`,
    ],
    wrong,
  };
}

interface Scene {
  readonly servers: Awaited<ReturnType<typeof startOnOneNode>>["servers"];
  readonly front: Awaited<ReturnType<typeof startFront>>;
  readonly people: Awaited<ReturnType<typeof makePeople>>;
  readonly load: readonly ReturnType<typeof startWorker<SdkProcess>>[];
  readonly late: number;
}

/** Brings the victim back and all streams to one server, by stopping the other two for a moment. */
async function gather(
  { servers, front, load }: Omit<Scene, "people" | "late"> & { victim: unknown },
  onto: Scene["servers"][number],
): Promise<void> {
  front.route([onto.port]);
  for (const server of servers) {
    if (server === onto) continue;
    await server.stop();
    await server.restart();
  }
  await Promise.all(load.map((worker) => worker.ask("live", { timeoutMs: 30_000 })));
}

async function lastSeq(url: string, token: string): Promise<number> {
  return (await seqsAfter(url, token, `#${ROOM}`, 0)).at(-1) ?? 0;
}

function sum(one: number, other: number): number {
  return one + other;
}
