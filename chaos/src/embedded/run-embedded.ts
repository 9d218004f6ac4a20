import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { EVENTS_PER_RECORD, lastSeqOf } from "../../../server/src/log/position.ts";
import { createChatServer } from "../chat-server.ts";
import { check, type Violation } from "../check/check.ts";
import { audit } from "../check/audit.ts";
import { auditRemoved } from "../check/audit-removed.ts";
import { checkProjections, dueErasures } from "../check/projections.ts";
import { findTraces } from "../check/traces.ts";
import { truthOf } from "../check/truth.ts";
import type { ChaosClient } from "../clients/chaos-client.ts";
import { gatherLeavers, LEAVING } from "../clients/leavers.ts";
import { startRawClient } from "../clients/raw-client.ts";
import { type SdkClient, startSdkClient } from "../clients/sdk-client.ts";
import { type Scene, talk } from "../clients/talker.ts";
import { createRandom } from "../random.ts";
import { createRecorder } from "../recorder.ts";
import { type ChaosSummary, countsOf } from "../summary.ts";
import { DAMAGES, damageFile, FILES, type FileKind, unknownFiles } from "./damage.ts";
import { readIntact, tryDamaged } from "./damage-trial.ts";
import { createRegistrar, EVERYBODYS_PASSWORD } from "./people.ts";
import { readStoredLog } from "./stored-log.ts";

const USERS = ["u1", "u2", "u3", "u4"] as const;
const SCENE: Scene = {
  users: [...USERS, ...LEAVING],
  rooms: ["#red", "#green"],
  contested: ["#c1", "#c2", "#c3"],
  handles: ["star", "comet", ...LEAVING],
};

/** A server lives so long between two kills, from its first breath: some die while they start. */
const LIFE_MS = [300, 4_000] as const;

/** How long the server is given to take deleted texts out of the log. */
const ERASED_MS = 3_000;

const READY_TIMEOUT_MS = 30_000;
const SETTLE_MS = 60_000;
const POLL_MS = 100;

/**
 * Kills the one server of an embedded engine again and again under load, and tries copies of its directory with each file damaged. Then holds
 * what the clients saw against the log.
 */
export async function runEmbedded(options: {
  seconds: number;
  seed: number;
  say: (line: string) => void;
  /** Keep the evidence of a run that passed too. */
  keep?: boolean;
}): Promise<ChaosSummary> {
  const { seconds, seed } = options;
  const now = (): number => performance.now();
  const startedAt = now();
  const say = (line: string): void => options.say(`${((now() - startedAt) / 1_000).toFixed(1).padStart(6)} s  ${line}`);
  const directory = await mkdtemp(join(tmpdir(), "chat-chaos-embedded-"));
  await mkdir(join(directory, "clients"));
  const recorder = createRecorder({ now });
  const violations: Violation[] = [];
  const faults: Record<string, number> = { "kill -9": 0 };
  for (const how of DAMAGES) faults[`${how} a file`] = 0;
  let endedSessions = 0;
  let recovered = 0;
  let refused = 0;

  await using server = await createChatServer({ name: "server", directory, env: {} });
  const baseUrl = `http://127.0.0.1:${server.port}`;

  async function ready(): Promise<void> {
    const deadline = now() + READY_TIMEOUT_MS;
    for (;;) {
      const reason = await server.whyNotReady();
      if (reason === undefined) return;
      if (server.pid === undefined) throw new Error("the server does not start again: see server.log");
      if (now() > deadline) throw new Error(`the server is not ready: ${reason}`);
      await delay(POLL_MS);
    }
  }

  await server.start();
  await ready();
  const registrar = createRegistrar({ baseUrl });
  const ids = new Map<string, number>();
  for (const user of USERS) ids.set(user, await registrar.register(user));
  const common = { password: EVERYBODYS_PASSWORD, baseUrl, recorder, now };
  const clients: ChaosClient[] = [];
  const sdkClients: SdkClient[] = [];
  for (const user of USERS) {
    for (const protocol of ["grpc", "connect"] as const)
      clients.push(startRawClient({ ...common, name: `${user}/raw-${protocol}`, user, protocol }));
    for (const protocol of ["grpc", "grpc-web"] as const) {
      const name = `${user}/sdk-${protocol}`;
      const onSessionEnded = (): void => void endedSessions++;
      const stored = { directory: join(directory, "clients"), onSessionEnded };
      const client = await startSdkClient({ ...common, ...stored, name, user, protocol });
      sdkClients.push(client);
      clients.push(client);
    }
  }
  const leavers = await gatherLeavers({ ...common, baseUrl: async () => baseUrl });
  await until(() => clients.every(({ isLive }) => isLive), SETTLE_MS);
  await Promise.all(
    SCENE.rooms.map(async (room, index) => {
      await clients[index]?.act({ kind: "create-room", name: room.slice(1), title: "", topic: "" });
    }),
  );
  await Promise.all(
    SCENE.rooms.flatMap((room) =>
      USERS.map(async (_, index) => {
        await clients[index * 4]?.act({ kind: "join", room });
      }),
    ),
  );

  const stop = new AbortController();
  const busy = clients.map((client) =>
    talk(client, ids.get(client.user) ?? 0, SCENE, createRandom(seed, `client ${client.name}`), stop.signal),
  );
  busy.push(registrar.run(stop.signal));
  const leaving = leavers.run({ scene: SCENE, seed, seconds, over: stop.signal });
  const random = createRandom(seed, "kills");
  // Every file with every kind of damage, in an order of the seed's, as often as there is time.
  const trials = random.shuffled(
    (Object.keys(FILES) as FileKind[]).flatMap((file) => DAMAGES.map((how) => ({ file, how }))),
  );

  /** Records that somebody was told of, by an answer or by a stream. */
  function knownRecords(): number {
    const { operations, watches } = recorder.history();
    let newest = 0;
    for (const { result } of operations) if (result.kind === "acknowledged") newest = Math.max(newest, result.seq ?? 0);
    for (const { sittings } of watches) newest = Math.max(newest, sittings.at(-1)?.deliveries.at(-1)?.seq ?? 0);
    return Math.floor(newest / EVENTS_PER_RECORD);
  }

  async function tryCopy(round: number, known: number): Promise<void> {
    const trial = trials[round % trials.length];
    if (!trial) return;
    const { file, how } = trial;
    const name = `trial-${round}`;
    const [pristine, copy] = [join(directory, `intact-${round}`), join(directory, name)];
    await cp(copy, pristine, { recursive: true });
    try {
      const intact = await readIntact(pristine, known);
      const damage = damageFile(copy, file, how, createRandom(seed, name));
      if (damage === undefined) return;
      await using tried = await createChatServer({ name, directory, env: {} });
      const result = await tryDamaged({ server: tried, logFile: join(directory, `${name}.log`), file, damage, intact });
      faults[`${how} a file`] = (faults[`${how} a file`] ?? 0) + 1;
      if (result.outcome === "refused") refused++;
      else recovered++;
      violations.push(...result.violations);
      say(`round ${round}: ${damage}: ${result.outcome}${result.violations.length > 0 ? ", BROKEN" : ""}`);
      if (result.violations.length === 0) await rm(copy, { recursive: true, force: true });
    } finally {
      await rm(pristine, { recursive: true, force: true });
    }
  }

  say(`talking, killing and damaging for ${seconds} s`);
  const overAt = now() + seconds * 1_000;
  let trial: Promise<void> = Promise.resolve();
  let longestStartMs = 0;
  for (let round = 1; now() < overAt; round++) {
    await delay(random.int(...LIFE_MS));
    await server.kill();
    faults["kill -9"] = (faults["kill -9"] ?? 0) + 1;
    await trial;
    await cp(server.dataDir, join(directory, `trial-${round}`), { recursive: true });
    const strangers = unknownFiles(server.dataDir);
    if (strangers.length > 0) throw new Error(`files whose damage nobody decided on: ${strangers.join(", ")}`);
    const known = knownRecords();
    const deadAt = now();
    await server.start();
    // Some die before they are ready.
    if (random.int(1, 5) > 1) {
      await ready();
      longestStartMs = Math.max(longestStartMs, now() - deadAt);
      const lost = await registrar.check(random.pick(registrar.registered));
      if (lost) violations.push(lost);
    }
    trial = tryCopy(round, known);
    trial.catch(() => undefined); // awaited in the next round
  }
  await trial;
  await ready();
  stop.abort();
  await Promise.all(busy);
  violations.push(...(await leaving));

  say("waiting until everybody has everything");
  const head = async (): Promise<number> => {
    const copy = join(directory, "look");
    await cp(server.dataDir, copy, { recursive: true });
    const { records } = readStoredLog(copy);
    await rm(copy, { recursive: true, force: true });
    return lastSeqOf(records.length);
  };
  if (!(await until(() => clients.every(({ pending }) => pending === 0), SETTLE_MS)))
    violations.push({ kind: "stuck", text: "some messages never got an answer" });
  const end = await head();
  if (!(await until(() => clients.every(({ caughtUpTo }) => caughtUpTo >= end), SETTLE_MS))) {
    const behind = clients
      .filter(({ caughtUpTo }) => caughtUpTo < end)
      .map(({ name, caughtUpTo }) => `${name} at ${caughtUpTo}`);
    violations.push({ kind: "stuck", text: `not everybody has what the log holds up to ${end}: ${behind.join(", ")}` });
  }
  for (const handle of registrar.registered) {
    const lost = await registrar.check(handle);
    if (lost) violations.push(lost);
  }
  // The eraser looks once a second.
  await delay(ERASED_MS);

  say("checking");
  const history = recorder.history();
  const copy = join(directory, "look");
  await cp(server.dataDir, copy, { recursive: true });
  const { all, registered } = leavers;
  const looked = {
    password: EVERYBODYS_PASSWORD,
    baseUrls: [baseUrl],
    truth: truthOf(readStoredLog(copy).records, history.operations, registered),
  };
  violations.push(...(await audit({ ...looked, users: USERS, sdkClients })));
  violations.push(...(await auditRemoved({ ...looked, leavers: all, viewer: USERS[0], rooms: SCENE.rooms })));
  await leavers.close();
  await Promise.all(clients.map((client) => client.close()));
  const code = await server.stop();
  if (code !== 0) violations.push({ kind: "stuck", text: `the server ended with ${String(code)} when asked to stop` });
  if (endedSessions > 0) violations.push({ kind: "lost", text: `${endedSessions} sessions were gone after a kill` });
  const log = readStoredLog(server.dataDir);
  const { operations } = history;
  const truth = truthOf(log.records, operations, registered);
  const paths = { server: join(server.dataDir, "projection.db") };
  const due = dueErasures(paths);
  const verdict = check(history, truth, due);
  violations.push(...verdict.violations);
  const files = { records: log.records, projections: [paths.server] };
  const traces = findTraces({ ...files, operations, truth, due, handles: [...registered.values()] });
  violations.push(...traces.violations);
  violations.push(...checkProjections(paths, log));

  const keeps = violations.length > 0 || options.keep === true;
  const summary: ChaosSummary = {
    engine: "embedded",
    seed,
    seconds,
    ...countsOf(verdict, truth, recorder),
    faults,
    leftOut: {},
    violations,
    notes: [
      `${registrar.registered.length} accounts, all of which can sign in`,
      `${truth.removed.length} accounts were removed`,
      ...traces.notes,
      `damaged directories: ${recovered} recovered with everything, ${refused} refused with what to do`,
      `longest from a kill to ready: ${(longestStartMs / 1_000).toFixed(1)} s`,
    ],
    evidence: keeps ? directory : undefined,
  };
  if (keeps) {
    await writeFile(join(directory, "history.json"), JSON.stringify(history, undefined, 1));
    await writeFile(join(directory, "summary.json"), JSON.stringify(summary, undefined, 1));
  } else {
    await rm(directory, { recursive: true, force: true });
  }
  return summary;
}

/** Whether it holds in time. */
async function until(holds: () => boolean, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms;
  while (!holds()) {
    if (performance.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}
