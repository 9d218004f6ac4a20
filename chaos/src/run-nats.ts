import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { countAlarms } from "./alarms.ts";
import { check, type Violation } from "./check/check.ts";
import { audit } from "./check/audit.ts";
import { auditRemoved } from "./check/audit-removed.ts";
import { checkProjections, dueErasures } from "./check/projections.ts";
import { findTraces } from "./check/traces.ts";
import { truthOf } from "./check/truth.ts";
import { talk } from "./clients/talker.ts";
import { startChaosCluster } from "./cluster.ts";
import { gatherCrew, PASSWORD } from "./crew.ts";
import type { FaultContext } from "./faults/fault.ts";
import { FAULTS } from "./faults/table.ts";
import { readFinalLog } from "./final-log.ts";
import { heal, quiesce } from "./quiesce.ts";
import { createRandom } from "./random.ts";
import { createRecorder } from "./recorder.ts";
import { carryOut, planFaults } from "./schedule.ts";
import { type ChaosSummary, countsOf } from "./summary.ts";

/** How often the run says how it goes. */
const STATUS_MS = 10_000;

/** How long servers are given to take deleted texts out of the log. */
const ERASED_MS = 3_000;

/** Streams that reconnect at once. */
export const HERD_SIZE = 2_000;

/**
 * Talks to a cluster of three nats-servers and three chat servers while everything breaks that may break, then holds what the clients saw against the
 * log.
 */
export async function runNats(options: {
  seconds: number;
  seed: number;
  say: (line: string) => void;
  /** Names of the faults to inject; all of them by default. */
  only?: readonly string[];
  herdSize?: number;
  /** Keep the evidence of a run that passed too. */
  keep?: boolean;
}): Promise<ChaosSummary> {
  const { seconds, seed, herdSize = HERD_SIZE } = options;
  const now = (): number => performance.now();
  const startedAt = now();
  const say = (line: string): void => options.say(`${((now() - startedAt) / 1_000).toFixed(1).padStart(6)} s  ${line}`);
  const directory = await mkdtemp(join(tmpdir(), "chat-chaos-"));
  await mkdir(join(directory, "clients"));
  const recorder = createRecorder({ now });
  const violations: Violation[] = [];
  const notes: string[] = [];
  const faults = new Map(FAULTS.map(({ name }) => [name, 0]));
  let endedSessions = 0;

  say("starting three nats-servers and three chat servers");
  await using cluster = await startChaosCluster({ directory });
  say("signing everybody in");
  const crew = await gatherCrew({
    cluster,
    directory,
    recorder,
    herdSize,
    now,
    onSessionEnded: () => endedSessions++,
  });
  const context: FaultContext = {
    cluster,
    clients: crew.talkers,
    herd: crew.herd,
    slowReader: crew.slowReader,
    note: (text) => void notes.push(text),
  };
  const leftOut = Object.fromEntries(
    FAULTS.flatMap((fault) => {
      const reason = fault.refused?.(context);
      return reason === undefined ? [] : [[fault.name, reason]];
    }),
  );
  const chosen = FAULTS.filter(
    ({ name }) => leftOut[name] === undefined && (options.only === undefined || options.only.includes(name)),
  );
  const plan = planFaults({ seed, seconds, faults: chosen });

  const stop = new AbortController();
  const talking = crew.talkers.map((client) =>
    talk(client, crew.person(client.user), crew.scene, createRandom(seed, `client ${client.name}`), stop.signal),
  );
  talking.push(crew.herald(stop.signal));
  const leaving = crew.leavers.run({ scene: crew.scene, seed, seconds, over: stop.signal });
  const status = setInterval(() => {
    const { operations } = recorder.history();
    const unready = cluster.unready.filter((reason) => reason !== undefined).length;
    const live = crew.clients.filter(({ isLive }) => isLive).length;
    const done = operations.filter(({ result }) => result.kind === "acknowledged").length;
    say(`${done} messages acknowledged, ${live} of ${crew.clients.length} clients live, ${unready} servers not ready`);
  }, STATUS_MS);

  say(`talking and breaking things for ${seconds} s: ${plan.length} faults planned`);
  const talkedFrom = now();
  await carryOut({
    plan,
    seed,
    seconds,
    context,
    now,
    onBegin: ({ number, fault, lastsMs }) =>
      say(`fault ${number}: ${fault.name}, for ${(lastsMs / 1_000).toFixed(1)} s`),
    onEnd({ number, fault }, injected) {
      if (injected) faults.set(fault.name, (faults.get(fault.name) ?? 0) + 1);
      say(`fault ${number}: ${fault.name} ${injected ? "is over" : "found nothing to harm"}`);
    },
    onFailure({ fault }, error) {
      violations.push({ kind: "stuck", text: `${fault.name}: ${(error as Error).message}` });
    },
  });
  await delay(Math.max(0, seconds * 1_000 - (now() - talkedFrom)));
  stop.abort();
  await heal(cluster);
  await Promise.all(talking);
  violations.push(...(await leaving));
  violations.push(...(await quiesce(cluster, crew.clients, crew.herd, say, context.note)));
  clearInterval(status);
  // The eraser looks once a second.
  await delay(ERASED_MS);

  say("checking");
  const log = await readFinalLog(cluster.nats.url, cluster.natsLogin);
  violations.push(...log.violations);
  const history = recorder.history();
  const { all: leavers, registered } = crew.leavers;
  const truth = truthOf(log.records, history.operations, registered);
  const looked = {
    password: PASSWORD,
    baseUrls: cluster.servers.map(({ port }) => `http://127.0.0.1:${port}`),
    truth,
  };
  const [viewer = ""] = crew.users;
  violations.push(...(await audit({ ...looked, users: crew.users, sdkClients: crew.sdkClients })));
  violations.push(...(await auditRemoved({ ...looked, leavers, viewer, rooms: crew.scene.rooms })));
  await crew.close();
  for (const server of cluster.servers) {
    const code = await server.stop();
    if (code !== 0)
      violations.push({ kind: "stuck", text: `${server.name} ended with ${String(code)} when asked to stop` });
  }
  const paths = Object.fromEntries(
    cluster.servers.map(({ name, dataDir }) => [name, join(dataDir, "projection.db")] as const),
  );
  const due = dueErasures(paths);
  const verdict = check(history, truth, due);
  violations.push(...verdict.violations);
  const { operations } = history;
  const files = { records: log.records, projections: Object.values(paths) };
  const traces = findTraces({ ...files, operations, truth, due, handles: [...registered.values()] });
  violations.push(...traces.violations);
  notes.push(...traces.notes);
  violations.push(...checkProjections(paths, log));
  const alarms = await countAlarms(cluster.servers.map(({ name }) => join(directory, `${name}.log`)));
  for (const [kind, count] of alarms) notes.push(`servers told of ${kind} ${count} times`);
  if (alarms.has("state-differs")) violations.push({ kind: "diverged", text: "a server told of another one's state" });
  if (endedSessions > 0) notes.push(`${endedSessions} sessions were ended by a server and begun again`);
  notes.push(`${truth.removed.length} accounts were removed`);
  if (truth.repeats > 0) notes.push(`${truth.repeats} events reached the log again and were passed over`);

  const keeps = violations.length > 0 || options.keep === true;
  const summary: ChaosSummary = {
    engine: "nats",
    seed,
    seconds,
    ...countsOf(verdict, truth, recorder),
    faults: Object.fromEntries(faults),
    leftOut,
    violations,
    notes,
    evidence: keeps ? directory : undefined,
  };
  if (keeps) {
    const evidence = {
      history,
      log: truth.events,
      summary,
      plan: plan.map(({ fault, ...rest }) => ({ ...rest, fault: fault.name })),
    };
    for (const [name, content] of Object.entries(evidence))
      await writeFile(join(directory, `${name}.json`), JSON.stringify(content, undefined, 1));
  } else {
    await cluster[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  }
  return summary;
}
