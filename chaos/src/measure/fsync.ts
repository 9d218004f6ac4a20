import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { Report, Row, Scenario, ScenarioContext } from "./scenario.ts";
import { call } from "./setup/call.ts";
import { startChatServer } from "./setup/chat-server.ts";
import { at, startOnThreeNodes } from "./setup/cluster.ts";
import { makePeople, type Person } from "./setup/people.ts";
import { type Sync, traceSyncs } from "./syscalls.ts";

/** Of three nodes so many must have a record on their disks before it is acknowledged. */
const QUORUM = 2;

interface Sent {
  readonly from: number;
  readonly to: number;
}

/** What a process synced while messages were sent, and which of its files hold the log. */
interface Watched {
  readonly pid: number | undefined;
  readonly holdsLog: (path: string) => boolean;
}

/** Was everything that was acknowledged on the disks before its answer? Counted by strace, on the embedded engine and on three nodes. */
export const fsync: Scenario = {
  name: "fsync",
  summary: "fsyncs between each send and its answer, by strace: embedded, and three NATS nodes that sync always",
  options: { sends: 100, inFlight: 64 },
  async run(context): Promise<Report> {
    const rows: Row[] = [];
    const wrong: string[] = [];
    const embedded = context.cleanup.use(await startChatServer({ dir: join(context.workDir, "embedded") }));
    const own: Watched = { pid: embedded.pid, holdsLog: (path) => path.endsWith("/log.db-wal") };
    await measure(context, { engine: "embedded", url: embedded.url, watched: [own], quorum: 1 }, rows, wrong);

    const { nats, servers } = await startOnThreeNodes(context, 1);
    const { url } = at(servers, 0);
    const group = await raftGroupOf(nats.url);
    // The replicated log of the stream's group, and the stream itself.
    const holdsLog = (path: string): boolean => path.includes(`/${group}/`) || path.includes("/streams/CHAT_LOG/");
    const nodes = nats.nodes.map(({ pid }): Watched => ({ pid, holdsLog }));
    await measure(context, { engine: "nats", url, watched: nodes, quorum: QUORUM }, rows, wrong);
    return {
      columns: [
        "engine",
        "in flight",
        "messages",
        "acknowledged after their fsyncs",
        "fsyncs a message",
        "per process",
      ],
      rows,
      notes: [
        `On NATS a message counts where at least ${QUORUM} of 3 nodes synced a file of the log between the send and its answer. Fsyncs are those of the log's files.`,
      ],
      wrong,
    };
  },
};

async function measure(
  context: ScenarioContext,
  place: { engine: string; url: string; watched: readonly Watched[]; quorum: number },
  rows: Row[],
  wrong: string[],
): Promise<void> {
  const { engine, url, watched, quorum } = place;
  const people = await makePeople([url], { count: 2, prefix: engine });
  for (const inFlight of [1, context.option("inFlight")]) {
    context.say(`${engine}, ${inFlight} in flight`);
    const traces = await Promise.all(watched.map(({ pid }) => traceSyncs(pid, context.workDir)));
    const sent = await sendAll(url, people, context.option("sends") * (inFlight > 1 ? 10 : 1), inFlight);
    const seen = await Promise.all(traces.map((trace) => trace.stop()));
    const syncs = seen.map((all, index) => all.filter(({ path }) => at(watched, index).holdsLog(path)));
    const first = Math.min(...sent.map(({ from }) => from));
    const last = Math.max(...sent.map(({ to }) => to));
    const counts = syncs.map((all) => all.filter(({ from, to }) => from >= first && to <= last).length);
    // With many in flight a sync can't be told to be a message's own: one that ended while it was under way is the least.
    const good = sent.filter((one) => syncs.filter((all) => hasSyncWithin(all, one)).length >= quorum).length;
    const total = counts.reduce((sum, count) => sum + count, 0);
    rows.push([engine, inFlight, sent.length, good, (total / sent.length).toFixed(2), counts.join(" + ")]);
    if (good < sent.length)
      wrong.push(
        `${engine}, ${inFlight} in flight: ${sent.length - good} messages were acknowledged before they were synced`,
      );
  }
}

/** Begun after the message was sent, and over before its answer came. */
function hasSyncWithin(syncs: readonly Sync[], { from, to }: Sent): boolean {
  return syncs.some((sync) => sync.from >= from && sync.to <= to);
}

async function sendAll(url: string, people: readonly Person[], count: number, inFlight: number): Promise<Sent[]> {
  const sent: Sent[] = [];
  let left = count;
  const { token } = at(people, 0);
  const to = `@${at(people, 1).handle}`;
  const now = (): number => performance.timeOrigin + performance.now();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (left-- > 0) {
        const from = now();
        await call(url, "ChatService/SendMessage", { to, text: `message ${left}`, clientId: randomUUID() }, token);
        sent.push({ from, to: now() });
      }
    }),
  );
  return sent;
}

async function raftGroupOf(natsUrl: string): Promise<string> {
  const connection = await connect({ servers: natsUrl.split(",") });
  try {
    const { cluster } = await (await jetstreamManager(connection)).streams.info("CHAT_LOG");
    const group = (cluster as { raft_group?: string } | undefined)?.raft_group;
    if (group === undefined) throw new Error("the log's stream has no replicas");
    return group;
  } finally {
    await connection.close();
  }
}
