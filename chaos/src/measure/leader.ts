import { setTimeout as delay } from "node:timers/promises";
import { duration, median, monotonicMs } from "./figures.ts";
import { startBareNats } from "./load/bare-nats.ts";
import { complaints } from "./load/missed.ts";
import type { SdkProcess } from "./load/sdk-process.ts";
import { startWorker } from "./load/worker.ts";
import type { Report, Scenario } from "./scenario.ts";
import { at, killNode, startOnThreeNodes } from "./setup/cluster.ts";
import { makePeople, makeRoom, seqsAfter } from "./setup/people.ts";

const ROOM = "leader";
const WARM_MS = 2_000;
/** An election takes 4 to 9 s; what comes later than this is seen by the checks. */
const GAP_MAX_MS = 30_000;
const PAUSE_MS = 20;
/** How long the killed node is away: longer than an election. */
const AWAY_MS = 10_000;

/** The leader of the log's stream dies: how long until sends are acknowledged again, next to what NATS itself needs? */
export const leader: Scenario = {
  name: "leader",
  summary: "kill -9 of the stream's leader under load: the chat's gap in acknowledged sends next to a bare client's",
  options: { kills: 5, clients: 12 },
  async run(context): Promise<Report> {
    const { cleanup, option, say } = context;
    const { nats, servers } = await startOnThreeNodes(context, 3);
    const urls = servers.map(({ url }) => url);
    const people = await makePeople(urls, { count: option("clients"), prefix: "ada" });
    await makeRoom(at(urls, 0), ROOM, people);
    const token = at(people, 0).token;
    const sdk = cleanup.use(startWorker<SdkProcess>(new URL("load/sdk-process.ts", import.meta.url)));
    for (const [index, url] of urls.entries()) {
      const handles = people.filter((_, number) => number % urls.length === index).map(({ handle }) => handle);
      await sdk.ask("open", { url, handles, protocol: index % 2 === 0 ? "grpc" : "grpc-web" });
    }
    const bare = cleanup.use(await startBareNats(nats.nodes.map(({ url }) => url)));
    bare.start({ writers: option("clients"), pauseMs: PAUSE_MS });
    await sdk.ask("press", { to: `#${ROOM}`, pauseMs: PAUSE_MS });

    const rows: (string | number)[][] = [];
    const ratios: number[] = [];
    const ownRatios: number[] = [];
    for (let round = 1; round <= option("kills"); round++) {
      const name = await bare.alignLeaders();
      await delay(WARM_MS);
      const victim = at(nats.nodes, Number(name.split("-")[1]) - 1);
      const killedAt = monotonicMs();
      const back = killNode(victim, AWAY_MS);
      const ofBare = await until(() => gapAt(killedAt, bare.acknowledged));
      const ofLeader = await until(() => gapAt(killedAt, bare.answered));
      const ofClients = await until(async () => {
        const gaps = (await sdk.ask("acknowledged", undefined)).map((acknowledged) =>
          gapAt(
            killedAt,
            acknowledged.map((one) => one.at),
          ),
        );
        return gaps.includes(undefined) ? undefined : (gaps as number[]);
      });
      if (!(await back)) say(`${name} is still not whole`);
      const chat = median(ofClients ?? [Infinity]);
      ratios.push(chat / (ofBare ?? NaN));
      ownRatios.push(chat / (ofLeader ?? NaN));
      rows.push([
        round,
        duration(ofBare ?? NaN),
        duration(ofLeader ?? NaN),
        duration(chat),
        duration(Math.max(...(ofClients ?? [Infinity]))),
        (ratios.at(-1) ?? NaN).toFixed(2),
        (ownRatios.at(-1) ?? NaN).toFixed(2),
      ]);
      say(rows.at(-1)?.join("  ") ?? "");
    }
    rows.push(["median", "", "", "", "", median(ratios).toFixed(2), median(ownRatios).toFixed(2)]);

    await sdk.ask("stopPressing", undefined);
    await delay(WARM_MS);
    const acknowledged = (await sdk.ask("acknowledged", undefined)).flat().map(({ seq }) => seq);
    const expected = await seqsAfter(at(urls, 0), token, `#${ROOM}`, 0);
    const result = await sdk.ask("missed", { expected });
    const { failures } = await sdk.ask("talked", undefined);
    const stored = new Set(expected);
    const gone = acknowledged.filter((seq) => !stored.has(seq)).length;
    return {
      columns: ["kill", "bare client", "log's leader back", "chat p50", "chat slowest", "chat/bare", "chat/leader"],
      rows,
      notes: [
        `${acknowledged.length} messages acknowledged, ${failures.length} refused; ${result.checked} deliveries checked: ${result.lost} lost, ${result.doubled} doubled, ${result.faults} out of order`,
      ],
      wrong: [
        ...failures,
        ...complaints("streams", result),
        ...(gone > 0 ? [`${gone} acknowledged messages are gone`] : []),
        ...(new Set(acknowledged).size < acknowledged.length ? ["two messages have the same place"] : []),
        ...(expected.length !== acknowledged.length
          ? [`${expected.length} messages are stored, ${acknowledged.length} were acknowledged`]
          : []),
      ],
    };
  },
};

/** The time without acknowledgements around a moment; undefined while it lasts. */
function gapAt(moment: number, times: readonly number[]): number | undefined {
  const index = times.findIndex((time, number) => time > moment && time - (times[number - 1] ?? time) > 1_000);
  return index < 0 ? undefined : (times[index] ?? 0) - (times[index - 1] ?? 0);
}

async function until<T>(read: () => T | undefined | Promise<T | undefined>): Promise<T | undefined> {
  for (const end = monotonicMs() + GAP_MAX_MS; monotonicMs() < end; await delay(100)) {
    const value = await read();
    if (value !== undefined) return value;
  }
  return undefined;
}
