import { setTimeout as delay } from "node:timers/promises";
import { duration, median, quantile } from "./figures.ts";
import { complaints } from "./load/missed.ts";
import type { Protocol } from "./load/raw-stream.ts";
import type { ReadersProcess } from "./load/readers-process.ts";
import { startSender } from "./load/sender.ts";
import { startWorker, type Worker } from "./load/worker.ts";
import type { Report, Scenario, ScenarioContext } from "./scenario.ts";
import type { ChatServer } from "./setup/chat-server.ts";
import { at, startOnOneNode } from "./setup/cluster.ts";
import { makePeople, makeRoom, type Person, seqsAfter } from "./setup/people.ts";

const ROOM = "slow";
const PROTOCOLS: readonly Protocol[] = ["grpc-web", "grpc"];
const LIVE_TIMEOUT_MS = 30_000;
/** After a change, until it is measured. */
const WARM_MS = 1_000;
const ONE_IN = 20;
const ENDED = 'chat_calls_total{call="/chat.v1.ChatService/Subscribe",code="ResourceExhausted"}';

/** Some read nothing: do the others notice? */
export const slowReader: Scenario = {
  name: "slow-reader",
  summary: "one reader in twenty stops reading: the others' latency next to a time without, in turns",
  options: { streams: 80, rate: 25, bytes: 8_000, rounds: 7, seconds: 14 },
  async run(context): Promise<Report> {
    const { cleanup, option } = context;
    const { servers } = await startOnOneNode(context, 1);
    const server = at(servers, 0);
    const people = await makePeople([server.url], { count: 10, prefix: "ada" });
    await makeRoom(server.url, ROOM, people);
    const tokens = people.map(({ token }) => token);
    const each = option("streams") / PROTOCOLS.length;
    const crowds = PROTOCOLS.map((protocol) => ({
      protocol,
      worker: cleanup.use(startWorker<ReadersProcess>(new URL("load/readers-process.ts", import.meta.url))),
    }));
    for (const { worker, protocol } of crowds) {
      await worker.ask("open", { url: server.url, tokens, count: each, protocol });
      await worker.ask("live", { timeoutMs: LIVE_TIMEOUT_MS });
    }
    const slow = range(0, Math.round(each / ONE_IN));
    const others = range(slow.length, each);
    const scene = { server, people, workers: crowds.map(({ worker }) => worker), slow, others };

    const rows: (string | number)[][] = [];
    const wrong: string[] = [];
    const phases: { readonly without: Phase; readonly having: Phase }[] = [];
    let ended = 0;
    for (let round = 1; round <= option("rounds"); round++) {
      // In turns which comes first, so that what drifts favours neither.
      const order = round % 2 === 0 ? [true, false] : [false, true];
      const found = new Map<boolean, Phase>();
      for (const stalled of order) found.set(stalled, await phase(context, scene, stalled));
      const [without, having] = [found.get(false), found.get(true)] as [Phase, Phase];
      phases.push({ without, having });
      ended += having.ended;
      wrong.push(...without.failed, ...having.failed);
      rows.push([
        round,
        duration(without.p50),
        duration(without.p99),
        duration(having.p50),
        duration(having.p99),
        (having.p99 / without.p99).toFixed(2),
        `${having.ended} of ${slow.length * crowds.length}`,
      ]);
      context.say(rows.at(-1)?.join("  ") ?? "");
    }
    const middle = (of: "without" | "having", name: "p50" | "p99"): number =>
      median(phases.map((each) => each[of][name]));
    rows.push([
      "median",
      duration(middle("without", "p50")),
      duration(middle("without", "p99")),
      duration(middle("having", "p50")),
      duration(middle("having", "p99")),
      (middle("having", "p99") / middle("without", "p99")).toFixed(2),
      "",
    ]);
    await delay(WARM_MS);
    const expected = await seqsAfter(server.url, at(tokens, 0), `#${ROOM}`, 0);
    for (const { worker, protocol } of crowds) {
      const late = await worker.ask("live", { timeoutMs: LIVE_TIMEOUT_MS });
      if (late > 0) wrong.push(`${protocol}: ${late} streams did not come back`);
      for (const [who, ids] of Object.entries({ stalled: slow, others })) {
        const result = await worker.ask("missed", { expected, ids });
        wrong.push(...complaints(`${protocol}, ${who}`, result));
        rows.push([
          `${protocol}, ${who}`,
          `${result.checked} deliveries`,
          `${result.lost} lost`,
          `${result.doubled} doubled`,
        ]);
      }
    }
    if (ended === 0) wrong.push("no stalled stream was ended");
    return { columns: ["round", "p50", "p99", "p50 beside stalled", "p99", "p99 ratio", "stalled ended"], rows, wrong };
  },
};

interface Phase {
  readonly p50: number;
  readonly p99: number;
  /** Streams that the server ended for reading too slowly. */
  readonly ended: number;
  readonly failed: readonly string[];
}

async function phase(
  { option }: ScenarioContext,
  scene: {
    server: ChatServer;
    people: readonly Person[];
    workers: readonly Worker<ReadersProcess>[];
    slow: readonly number[];
    others: readonly number[];
  },
  stalled: boolean,
): Promise<Phase> {
  const { server, people, workers, slow, others } = scene;
  const endedBefore = (await server.metrics()).get(ENDED) ?? 0;
  if (stalled) await Promise.all(workers.map((worker) => worker.ask("stall", { ids: slow })));
  const sender = startSender({
    urls: [server.url],
    people,
    to: `#${ROOM}`,
    perSecond: option("rate"),
    text: "x".repeat(option("bytes")),
  });
  await delay(option("seconds") * 1_000);
  await sender.stop();
  const ended = ((await server.metrics()).get(ENDED) ?? 0) - endedBefore;
  if (stalled) await Promise.all(workers.map((worker) => worker.ask("resume", { ids: slow })));
  await delay(WARM_MS);
  await Promise.all(workers.map((worker) => worker.ask("live", { timeoutMs: LIVE_TIMEOUT_MS })));
  // The first second belongs to the change.
  const startedAt = Math.min(...sender.sent.values()) + WARM_MS;
  const sent = new Map([...sender.sent].filter(([, sentAt]) => sentAt >= startedAt));
  const found = await Promise.all(workers.map((worker) => worker.ask("latencies", { sent, ids: others })));
  const latencies = Float64Array.from(found.flatMap((values) => [...values]));
  return { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99), ended, failed: sender.failed };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
