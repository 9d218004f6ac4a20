import { setTimeout as delay } from "node:timers/promises";
import { signUp } from "@chat/e2e/siege/chatters";
import { MISUSE_NAMES } from "@chat/e2e/siege/misuse";
import { ATTACKER } from "@chat/e2e/siege/source-addresses";
import { megabytes } from "./figures.ts";
import type { Report, Row, Scenario, ScenarioContext } from "./scenario.ts";
import { type Besieged, counted, p50and99, p99ratio, settle, startBesieged, watch } from "./setup/besieged.ts";

const NOFILE = 1_024;
const HEAP_MB = 256;

/** One account does its worst: do the others notice? */
export const account: Scenario = {
  name: "account",
  summary:
    "one account sends long texts, asks for long pages, leaves streams unread and makes rooms, while people chat",
  options: { people: 64, rate: 64, seconds: 15 },
  async run(context): Promise<Report> {
    const { option, say } = context;
    const besieged = await startBesieged(context, { nofile: NOFILE, heapMb: HEAP_MB });
    const rows: Row[] = [];
    const wrong: string[] = [];
    for (const name of MISUSE_NAMES) {
      await besieged.chatters.renew();
      rows.push(await one(context, besieged, name, wrong));
      say((rows.at(-1) ?? []).join("  "));
    }
    return {
      columns: [
        "one account",
        "lives",
        "calls",
        "answered",
        "refused",
        "RSS before",
        "peak",
        "after",
        "descriptors before",
        "peak",
        "after",
        "quiet p50 / p99 ms",
        "beside it",
        "ratio",
        "server busy",
      ],
      rows,
      notes: [
        `${option("people")} others, ${option("rate")} messages a second; each misuse for ${option("seconds")} s.`,
      ],
      wrong,
    };
  },
};

async function one({ option }: ScenarioContext, besieged: Besieged, name: string, wrong: string[]): Promise<Row> {
  const { server, attacker } = besieged;
  // Another one for each: what an account may do is used up by its worst.
  const handle = `worst-${MISUSE_NAMES.indexOf(name)}`;
  const target = { ...besieged.target, token: await signUp(server.url, handle, ATTACKER) };
  const forMs = option("seconds") * 1_000;
  const quiet = await watch(besieged, delay(forMs));
  const before = await server.footprint();
  const beside = await watch(besieged, attacker.ask("misuse", { name, target, forMs }));
  const lives = server.pid !== undefined;
  const { sent, answered, refused } = beside.result;
  if (!lives) wrong.push(`${name}: the server has ended`);
  if (answered === 0) wrong.push(`${name}: nothing was answered, so nothing was measured`);
  if (beside.failed.length > 0) wrong.push(`${name}: of the chat, ${counted(beside.failed)}`);
  const settled = lives ? await settle(server, before) : undefined;
  for (const kept of settled?.kept ?? []) wrong.push(`${name}: kept ${kept}`);
  if (!lives) await server.restart();
  return [
    name,
    lives ? "yes" : "NO",
    sent,
    answered,
    refused,
    megabytes(before.rss),
    megabytes(beside.peak.rss),
    settled ? megabytes(settled.after.rss) : "",
    before.descriptors,
    beside.peak.descriptors,
    settled?.after.descriptors ?? "",
    p50and99(quiet.latencies),
    p50and99(beside.latencies),
    p99ratio(beside.latencies, quiet.latencies),
    `${beside.busyPercent.toFixed(0)} %`,
  ];
}
