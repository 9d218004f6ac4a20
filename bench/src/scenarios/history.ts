import { create, toBinary } from "@bufbuild/protobuf";
import { freePorts } from "../../../scripts/nats-server/start.ts";
import { ListConversationsRequestSchema, ListMessagesRequestSchema } from "@chat/proto/chat/v1/chat_service";
import type { Target } from "../load/link.ts";
import { type LoadProcess, startLoad } from "../load/load-process.ts";
import type { Comparison, RunContext, Sample, Scenario } from "../scenario.ts";
import { type BigLog, bigLog, ROOMS } from "../servers/big-log.ts";
import { startOurs } from "../servers/contender.ts";

const SIZES = [1_000, 100_000, 1_000_000] as const;
const METRIC = "CPU µs per call";
const P50 = "p50 µs";
/** Events behind the cursor of a catch-up. */
const MISSED = 100;

interface Subject {
  readonly contender: string;
  readonly log: BigLog;
  readonly target: Target;
}

type Measure = (subject: Subject, load: LoadProcess, times: number) => Promise<Record<string, number>>;

/** What is asked of each size. */
const VARIANTS: Readonly<Record<string, Measure>> = {
  "newest page of a room": (subject, load, times) =>
    ask(
      subject,
      load,
      times,
      "ListMessages",
      ROOMS.map((conversation) => page({ conversation })),
    ),
  "page from the middle": (subject, load, times) =>
    ask(
      subject,
      load,
      times,
      "ListMessages",
      ROOMS.map((conversation) => page({ conversation, before: BigInt(subject.log.middle) })),
    ),
  "newest page of everything": (subject, load, times) => ask(subject, load, times, "ListMessages", [page({})]),
  "conversation list": (subject, load, times) =>
    ask(subject, load, times, "ListConversations", [
      toBinary(ListConversationsRequestSchema, create(ListConversationsRequestSchema, {})),
    ]),
  [`catch-up of ${MISSED} events`]: async ({ target, log }, load, times) => {
    const { latency, cpuUs } = await load.run("resume", {
      target,
      identity: log.reader,
      cursor: log.cursors[MISSED] ?? "",
      events: MISSED,
      times,
    });
    return { [METRIC]: cpuUs / times, [P50]: latency.p50, "p99 µs": latency.p99 };
  },
};

function page(init: { conversation?: string; before?: bigint }): Uint8Array {
  return toBinary(ListMessagesRequestSchema, create(ListMessagesRequestSchema, { ...init, pageSize: 50 }));
}

async function ask(
  { target, log }: Subject,
  load: LoadProcess,
  times: number,
  method: string,
  requests: readonly Uint8Array[],
): Promise<Record<string, number>> {
  const path = `/chat.v1.ChatService/${method}`;
  const result = await load.run("calls", { target, identity: log.reader, path, requests, times });
  return {
    [METRIC]: result.cpuUs / times,
    [P50]: result.latency.p50,
    "p99 µs": result.latency.p99,
    "bytes of an answer": result.answerBytes,
  };
}

async function run({ rounds, quick, say }: RunContext): Promise<Sample[]> {
  await using stack = new AsyncDisposableStack();
  const load = stack.use(startLoad());
  const subjects: Subject[] = [];
  for (const size of quick ? [SIZES[0], 20_000] : SIZES) {
    const log = await bigLog(size, say);
    const [port] = (await freePorts(1)) as [number];
    const child = stack.use(await startOurs({ env: { PORT: String(port), DATA_DIR: log.dataDir } }));
    subjects.push({ contender: nameOf(size), log, target: { protocol: "grpc-web", port, pid: child.pid } });
    say(`started ${nameOf(size)}`);
  }
  const times = quick ? 30 : 300;
  const samples: Sample[] = [];
  for (let round = -1; round < rounds; round++) {
    const first = Math.max(0, round) % subjects.length;
    for (const subject of [...subjects.slice(first), ...subjects.slice(0, first)]) {
      for (const [variant, measure] of Object.entries(VARIANTS)) {
        const metrics = await measure(subject, load, times);
        // The first time warms up.
        if (round >= 0) samples.push({ variant, contender: subject.contender, round, metrics });
      }
    }
    if (round >= 0) say(`round ${round + 1} of ${rounds}`);
  }
  return samples;
}

function nameOf(size: number): string {
  return `${size.toLocaleString("en")} messages`;
}

function compare(variant: string, metric: string): Comparison {
  return {
    label: `${variant}, ${metric}: 1,000,000 messages / 1,000`,
    metric,
    ours: { contender: nameOf(SIZES[2]), variant },
    peer: { contender: nameOf(SIZES[0]), variant },
    target: { is: "at most", value: 1.3 },
  };
}

/** What reading costs as the log grows. */
export const history: Scenario = {
  name: "history",
  title: `Reading from logs of 1,000, 100,000 and 1,000,000 messages in ${ROOMS.length} of 40 rooms, embedded, Connect over HTTP/1.1, one call at a time; pages of 50`,
  async run(context) {
    return {
      samples: await run(context),
      comparisons: Object.keys(VARIANTS).flatMap((variant) => [compare(variant, METRIC), compare(variant, P50)]),
      columns: [METRIC, P50, "p99 µs", "bytes of an answer"],
      notes: ["Search does not exist in the product yet and is not measured."],
    };
  },
};
