import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { duration, monotonicMs } from "./figures.ts";
import type { Protocol } from "./load/raw-stream.ts";
import type { ReadersProcess } from "./load/readers-process.ts";
import { startSender } from "./load/sender.ts";
import { startWorker } from "./load/worker.ts";
import type { Report, Scenario, ScenarioContext } from "./scenario.ts";
import { startChatServer } from "./setup/chat-server.ts";
import { startNamespace } from "./setup/namespace.ts";
import { makePeople, makeRoom } from "./setup/people.ts";

const ROOM = "dead";
const LIVE_TIMEOUT_MS = 30_000;
/** Until the streams are in the middle of their heartbeats, each at another place. */
const SPREAD_MS = 22_000;
const POLL_MS = 50;

interface Case {
  readonly protocol: Protocol;
  readonly isBusy: boolean;
}

const CASES: readonly Case[] = [
  { protocol: "grpc", isBusy: false },
  { protocol: "grpc", isBusy: true },
  { protocol: "grpc-web", isBusy: false },
  { protocol: "grpc-web", isBusy: true },
];

/** Clients vanish without a word: when does the server let go of them? */
export const deadPeers: Scenario = {
  name: "dead-peers",
  summary: "the cable to the clients is pulled: no reset, no end; until when the server holds their streams",
  options: { streams: 50, rate: 2, waitSeconds: 60 },
  async run(context): Promise<Report> {
    const found = await Promise.all(CASES.map((one, index) => vanish(context, one, index)));
    return {
      columns: ["streams", "protocol", "traffic", "first reaped", "half", "last", "left", "descriptors left"],
      rows: found.map(({ row }) => row),
      notes: ["Idle: heartbeats alone. Busy: messages are written to the dead peers all the while."],
      wrong: found.flatMap(({ wrong }) => wrong),
    };
  },
};

async function vanish(
  { cleanup, workDir, option, say }: ScenarioContext,
  { protocol, isBusy }: Case,
  index: number,
): Promise<{ row: (string | number)[]; wrong: string[] }> {
  const network = cleanup.use(await startNamespace(index));
  const server = cleanup.use(await startChatServer({ dir: join(workDir, `server-${index}`), host: network.host }));
  const people = await makePeople([server.url], { count: 5, prefix: "ada" });
  await makeRoom(server.url, ROOM, people);
  const readers = new URL("load/readers-process.ts", import.meta.url);
  const worker = cleanup.use(startWorker<ReadersProcess>(readers, { through: network.exec }));
  const streams = option("streams");
  const before = (await server.footprint()).descriptors;
  const tokens = people.map(({ token }) => token);
  await worker.ask("open", { url: server.url, tokens, count: streams, protocol });
  const late = await worker.ask("live", { timeoutMs: LIVE_TIMEOUT_MS });
  const perSecond = isBusy ? option("rate") : 0.001;
  const sender = startSender({ urls: [server.url], people, to: `#${ROOM}`, perSecond });
  await delay(SPREAD_MS);
  await network.unplug();
  const unpluggedAt = monotonicMs();
  const reaped: number[] = [];
  let open = streams;
  while (open > 0 && monotonicMs() - unpluggedAt < option("waitSeconds") * 1_000) {
    await delay(POLL_MS);
    open = (await server.metrics()).get("chat_streams") ?? NaN;
    while (reaped.length < streams - open) reaped.push(monotonicMs() - unpluggedAt);
  }
  await sender.stop();
  await delay(1_000);
  const left = (await server.footprint()).descriptors - before;
  const at = (number: number): string => {
    const ms = reaped[number];
    return ms === undefined ? "never" : duration(ms);
  };
  const traffic = isBusy ? "busy" : "idle";
  const row = [streams, protocol, traffic, at(0), at(Math.ceil(streams / 2) - 1), at(streams - 1), open, left];
  say(row.join("  "));
  const wrong = [
    ...(late > 0 ? [`${protocol}, ${traffic}: ${late} streams did not begin`] : []),
    ...(open > 0 ? [`${protocol}, ${traffic}: ${open} streams of dead peers are held`] : []),
    ...(left > streams / 2 ? [`${protocol}, ${traffic}: ${left} descriptors are held`] : []),
    ...sender.failed,
  ];
  return { row, wrong };
}
