import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { AttackTarget } from "@chat/e2e/siege/attacks";
import { type Chatters, signUp, startChatters } from "@chat/e2e/siege/chatters";
import { ATTACKER } from "@chat/e2e/siege/source-addresses";
import { megabytes, monotonicMs, quantile } from "../figures.ts";
import type { AttackProcess } from "../load/attack-process.ts";
import { startWorker, type Worker } from "../load/worker.ts";
import type { ScenarioContext } from "../scenario.ts";
import { type ChatServer, type Footprint, startChatServer } from "./chat-server.ts";

/** A server with little, people who chat on it, and a process that attacks. */
export interface Besieged {
  readonly server: ChatServer;
  readonly chatters: Chatters;
  readonly attacker: Worker<AttackProcess>;
  readonly target: AttackTarget;
}

const SAMPLE_MS = 100;
/** How long what an attack took may need to come back: the collector of garbage has its own time. */
const SETTLE_MS = 60_000;
const POLL_MS = 500;
/** What comes back to within a tenth has come back; a few descriptors come and go. */
const SLACK = 1.1;
const DESCRIPTORS_SLACK = 4;

/** Starts them. @param options the descriptors and the megabytes of heap that the server has */
export async function startBesieged(
  { cleanup, workDir, option }: ScenarioContext,
  options: { nofile: number; heapMb: number },
): Promise<Besieged> {
  const server = cleanup.use(
    await startChatServer({
      dir: join(workDir, "server"),
      env: { NODE_OPTIONS: `--max-old-space-size=${options.heapMb}`, DEMO_USERS: "1" },
      limits: "as shipped",
      through: ["prlimit", `--nofile=${options.nofile}:${options.nofile}`],
    }),
  );
  const chatters = cleanup.use(
    await startChatters({ url: server.url, count: option("people"), perSecond: option("rate") }),
  );
  const target = {
    host: "127.0.0.1",
    port: server.port,
    localAddress: ATTACKER,
    token: await signUp(server.url, "attacker", ATTACKER),
  };
  const attacker = cleanup.use(startWorker<AttackProcess>(new URL("../load/attack-process.ts", import.meta.url)));
  return { server, chatters, attacker, target };
}

/** How the people and the server fared while something went on. */
export interface Watched<T> {
  readonly result: T;
  readonly latencies: readonly number[];
  readonly failed: readonly string[];
  /** The most that was seen. */
  readonly peak: Pick<Footprint, "rss" | "descriptors">;
  /** Share of one core that the server took, in percent. */
  readonly busyPercent: number;
}

/** Watches both while something goes on. */
export async function watch<T>({ server, chatters }: Besieged, work: Promise<T>): Promise<Watched<T>> {
  const peak = { rss: 0, descriptors: 0 };
  const sample = async (): Promise<number> => {
    if (server.pid === undefined) return NaN;
    const { rss, descriptors, cpuMs } = await server.footprint();
    if (!Number.isFinite(rss)) return NaN; // it is ending
    peak.rss = Math.max(peak.rss, rss);
    peak.descriptors = Math.max(peak.descriptors, descriptors);
    return cpuMs;
  };
  const cpuBefore = await sample();
  const startedAt = monotonicMs();
  const sampler = setInterval(() => void sample().catch(() => {}), SAMPLE_MS); // it may end meanwhile, which is told elsewhere
  let busyPercent = NaN;
  const timed = work.then(async () => {
    busyPercent = (100 * ((await sample()) - cpuBefore)) / (monotonicMs() - startedAt);
  });
  const { latencies, failed } = await chatters.during(timed);
  clearInterval(sampler);
  return { result: await work, latencies, failed, peak, busyPercent };
}

/** Waits until the server holds no more than before, nearly, or until it has had its time. */
export async function settle(
  server: ChatServer,
  before: Footprint,
): Promise<{ readonly after: Footprint; readonly kept: readonly string[] }> {
  for (const until = monotonicMs() + SETTLE_MS; ; await delay(POLL_MS)) {
    const after = await server.footprint();
    const kept = [
      ...(after.rss > SLACK * before.rss ? [`${megabytes(before.rss)} → ${megabytes(after.rss)}`] : []),
      ...(after.descriptors > SLACK * before.descriptors + DESCRIPTORS_SLACK
        ? [`${before.descriptors} → ${after.descriptors} descriptors`]
        : []),
    ];
    if (kept.length === 0 || monotonicMs() > until) return { after, kept };
  }
}

/** p50 and p99 of latencies, in milliseconds with one digit. */
export function p50and99(latencies: readonly number[]): string {
  return `${quantile(latencies, 0.5).toFixed(1)} / ${quantile(latencies, 0.99).toFixed(1)}`;
}

/** How much longer one p99 is than another. */
export function p99ratio(latencies: readonly number[], quiet: readonly number[]): string {
  return (quantile(latencies, 0.99) / quantile(quiet, 0.99)).toFixed(1);
}

/** Reasons with how often each was given. */
export function counted(reasons: readonly string[]): string {
  return [...Map.groupBy(reasons, (reason) => reason)].map(([reason, all]) => `${all.length} × ${reason}`).join(", ");
}
