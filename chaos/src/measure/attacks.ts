import { setTimeout as delay } from "node:timers/promises";
import { type Attack, ATTACKS } from "@chat/e2e/siege/attacks";
import { megabytes } from "./figures.ts";
import type { DummyProcess } from "./load/dummy-process.ts";
import { startWorker } from "./load/worker.ts";
import type { Report, Row, Scenario, ScenarioContext } from "./scenario.ts";
import { type Besieged, counted, p50and99, p99ratio, settle, startBesieged, watch } from "./setup/besieged.ts";

const NOFILE = 1_024;
const HEAP_MB = 256;
/** Before anything is measured each attack is made at this share, for what fills caches once is no leak. */
const WARM_SHARE = 0.02;
const WARM_MS = 3_000;

/** What a stranger can do: does the server live, forget it, and serve the others meanwhile? */
export const attacks: Scenario = {
  name: "attacks",
  summary: `attacks without an account on a server with ${NOFILE} descriptors and a heap of ${HEAP_MB} MB, while people chat`,
  options: { people: 64, rate: 64, seconds: 15, maxSeconds: 90, percent: 100, number: 0 },
  async run(context): Promise<Report> {
    const { option, say, cleanup } = context;
    const besieged = await startBesieged(context, { nofile: NOFILE, heapMb: HEAP_MB });
    const dummy = cleanup.use(startWorker<DummyProcess>(new URL("load/dummy-process.ts", import.meta.url)));
    const dummyPort = await dummy.ask("listen", undefined);
    const chosen = ATTACKS.filter((_, index) => option("number") === 0 || option("number") === index + 1);
    const rows: Row[] = [];
    const wrong: string[] = [];
    for (const { name, count } of chosen) await attackOnce(besieged, name, Math.ceil(count * WARM_SHARE), WARM_MS);
    for (const attack of chosen) {
      if (besieged.server.pid === undefined) {
        wrong.push(`before ${attack.name}: the server has ended`);
        await besieged.server.restart();
      }
      await besieged.chatters.renew();
      rows.push(await one(context, { besieged, dummyPort, attack, wrong }));
      say((rows.at(-1) ?? []).join("  "));
    }
    return {
      columns: [
        "attack",
        "lives",
        "sent",
        "answered",
        "refused",
        "RSS before",
        "peak",
        "after",
        "descriptors before",
        "peak",
        "after",
        "quiet p50 / p99 ms",
        "attacked",
        "ratio",
        "without the server",
        "ratio",
        "server busy",
      ],
      rows,
      notes: [
        `${option("people")} people, ${option("rate")} messages a second, from other addresses than the attack.`,
        "Without the server: the same attack on a process that does nothing with it, which is what the machine takes.",
      ],
      wrong,
    };
  },
};

async function attackOnce({ attacker, target }: Besieged, name: string, count: number, maxMs: number): Promise<void> {
  await attacker.ask("attack", { name, target, count, maxMs });
}

async function one(
  { option }: ScenarioContext,
  scene: { besieged: Besieged; dummyPort: number; attack: Attack; wrong: string[] },
): Promise<Row> {
  const { besieged, dummyPort, wrong } = scene;
  const { server, attacker, target } = besieged;
  const { name } = scene.attack;
  const count = Math.ceil((scene.attack.count * option("percent")) / 100);
  const maxMs = option("maxSeconds") * 1_000;
  const quiet = await watch(besieged, delay(option("seconds") * 1_000));
  const before = await server.footprint();
  const attacked = await watch(besieged, attacker.ask("attack", { name, target, count, maxMs }));
  const lives = server.pid !== undefined;
  const { sent, answered, refused } = attacked.result;
  if (!lives) wrong.push(`${name}: the server has ended`);
  if (attacked.failed.length > 0) wrong.push(`${name}: of the chat, ${counted(attacked.failed)}`);
  if (sent < count) wrong.push(`${name}: ${sent} of ${count} were sent in ${option("maxSeconds")} s`);
  const settled = lives ? await settle(server, before) : undefined;
  for (const kept of settled?.kept ?? []) wrong.push(`${name}: kept ${kept}`);
  if (!lives) await server.restart();
  const elsewhere = { ...target, port: dummyPort };
  const machine = await watch(besieged, attacker.ask("attack", { name, target: elsewhere, count, maxMs }));
  const after = settled?.after;
  return [
    name,
    lives ? "yes" : "NO",
    sent,
    answered,
    refused,
    megabytes(before.rss),
    megabytes(attacked.peak.rss),
    after ? megabytes(after.rss) : "",
    before.descriptors,
    attacked.peak.descriptors,
    after?.descriptors ?? "",
    p50and99(quiet.latencies),
    p50and99(attacked.latencies),
    p99ratio(attacked.latencies, quiet.latencies),
    p50and99(machine.latencies),
    p99ratio(machine.latencies, quiet.latencies),
    `${attacked.busyPercent.toFixed(0)} %`,
  ];
}
