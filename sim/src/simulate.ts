import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Scene } from "../../chaos/src/clients/talker.ts";
import { talk } from "../../chaos/src/clients/talker.ts";
import type { Violation } from "../../chaos/src/check/check.ts";
import { createRecorder } from "../../chaos/src/recorder.ts";
import type { Engine } from "../../server/src/engine.ts";
import { createKeyValueMemory } from "../../server/src/testing/memory-key-value-store.ts";
import { createSimClient, type SimClient } from "./actors/sim-client.ts";
import { type Cluster, createSimServer, type SimServer } from "./actors/sim-server.ts";
import { judge } from "./check/judge.ts";
import { settle } from "./check/settle.ts";
import { drawKnobs, type Knobs } from "./knobs.ts";
import { createLogStore } from "./log/log-store.ts";
import { createBusMedium } from "./log/sim-bus.ts";
import { createLink } from "./net/link.ts";
import type { Way } from "./net/sim-http.ts";
import { PROTOCOLS } from "./net/sim-transport.ts";
import { CLIENTS, drawPlan, type Fault, type Plan, SERVERS } from "./plan.ts";
import { createWorld, type World } from "./world/world.ts";

/** How long everybody is busy in one world, where nobody says otherwise. */
export const ACTIVE_MS = 8_000;

/** A world may take so long in all, in ms of its own time. */
const WORLD_MAX_MS = 600_000;

/** Devices by their users. */
const USERS = ["u1", "u2", "u3", "u4", "u5"] as const;

const ROOMS = ["#red", "#green", "#blue"] as const;

/** What came of one world. */
export interface Outcome {
  readonly seed: number;
  readonly plan: Plan;
  readonly knobs: Knobs;
  /** What was promised and not kept. */
  readonly violations: readonly Violation[];
  /** Of everything that happened. */
  readonly traceHash: string;
  readonly reached: ReadonlyMap<string, number>;
  readonly steps: number;
  readonly virtualMs: number;
  /** Actions that were acknowledged. */
  readonly acknowledged: number;
  /** Rows that streams brought. */
  readonly deliveries: number;
}

/** How a world differs from the one that its seed draws. */
export interface SimulateOptions {
  readonly activeMs?: number | undefined;
  readonly plan?: Plan | undefined;
  readonly knobs?: Partial<Knobs> | undefined;
  readonly onLine?: ((line: string) => void) | undefined;
  /** Stands between each server and its engine: for the simulation of a mistake. */
  readonly wrapEngine?: ((engine: Engine) => Engine) | undefined;
  /** Told the world before anything happens in it. */
  readonly onWorld?: ((world: World) => void) | undefined;
}

/** All that lives in one world. */
export interface Population {
  readonly cluster: Cluster;
  readonly servers: readonly SimServer[];
  readonly clients: readonly SimClient[];
  readonly ways: readonly (readonly Way[])[];
}

/** Runs the whole system in one world and says what it did not keep. */
export async function simulate(seed: number, options: SimulateOptions = {}): Promise<Outcome> {
  const world = createWorld(seed, { onLine: options.onLine });
  options.onWorld?.(world);
  const knobs = { ...drawKnobs(world.chance("knobs")), ...options.knobs };
  const plan = options.plan ?? drawPlan(world.chance("plan"), knobs, options.activeMs ?? ACTIVE_MS);
  world.note(`knobs ${JSON.stringify(knobs)}`);
  const directory = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "chat-sim-"));
  const violations: Violation[] = [];
  const report = (kind: Violation["kind"], text: string): void => {
    world.note(`BROKEN: ${kind}: ${text}`);
    violations.push({ kind, text });
  };
  const recorder = createRecorder({ now: () => world.now });
  const cluster: Cluster = {
    world,
    knobs,
    store: createLogStore(world, knobs.log, world.chance("log")),
    memory: createKeyValueMemory(),
    medium: createBusMedium(),
    directory,
    wrapEngine: options.wrapEngine,
    onAlarm(server, alarm, message) {
      if (alarm !== "new-log-accepted" || !cluster.store.isMoved)
        report("diverged", `${server} calls for its operator (${alarm}): ${message}`);
    },
  };
  const servers = Array.from({ length: SERVERS }, (_, index) => createSimServer(cluster, index));
  const ways = Array.from({ length: CLIENTS }, (_, client) =>
    servers.map((server): Way => {
      const link = createLink(world, world.chance(`client-${client + 1} to ${server.name}`), knobs.clientLatency);
      return { link, listening: () => server.listening };
    }),
  );
  const clients = Array.from({ length: CLIENTS }, (_, index) => {
    const user = USERS[index % USERS.length] ?? USERS[0];
    return createSimClient({
      ...{ world, recorder, user },
      name: `${user}/${index < USERS.length ? "first" : "second"}`,
      protocol: PROTOCOLS[index % PROTOCOLS.length] ?? "connect",
      address: `10.0.0.${index + 1}`,
      ways: ways[index] ?? [],
      report: (text) => report("diverged", text),
    });
  });
  const population: Population = { cluster, servers, clients, ways };
  try {
    let acknowledged = 0;
    let deliveries = 0;
    const life = (async () => {
      for (const server of servers) server.start();
      for (const fault of plan.faults) world.at(fault.atMs, () => befall(fault, population));
      await beBusy(population, plan.activeMs);
      const isSettled = await settle(population, (text) => report("stuck", text));
      const verdict = await judge(population, recorder.history(), isSettled);
      for (const { kind, text } of verdict.violations) report(kind, text);
      ({ acknowledged, deliveries } = verdict);
    })();
    let isOver = false;
    let failure: unknown;
    life.then(
      () => (isOver = true),
      (error: unknown) => {
        failure = error;
        isOver = true;
      },
    );
    if (!(await world.run(() => isOver, WORLD_MAX_MS))) report("stuck", `the world does not come to its end`);
    if (failure !== undefined) throw new Error("the simulation broke", { cause: failure });
    return {
      ...{ seed, plan, knobs, violations, acknowledged, deliveries },
      traceHash: world.traceHash,
      reached: world.reachedSoFar,
      steps: world.steps,
      virtualMs: world.age,
    };
  } finally {
    for (const server of servers) server.kill();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Lets everybody enter, meet in the rooms and talk. */
async function beBusy({ cluster, clients }: Population, activeMs: number): Promise<void> {
  const { world, knobs } = cluster;
  const scene: Scene = {
    users: USERS,
    rooms: ROOMS,
    contested: ["#c1", "#c2", "#c3"],
    handles: ["star", "comet"],
  };
  const stop = new AbortController();
  const firsts = new Map<string, Promise<void>>();
  const lives = clients.map(async (client, index) => {
    const before = firsts.get(client.user);
    const entering = before ? before.then(() => client.enter("login")) : client.enter("register");
    if (!before) firsts.set(client.user, entering);
    await entering;
    const room = ROOMS[index % ROOMS.length] ?? ROOMS[0];
    if (index < ROOMS.length) void client.act({ kind: "create-room", name: room.slice(1), title: "", topic: "" });
    else await world.pause(200);
    for (const each of ROOMS.filter((_, number) => (number + index) % 3 !== 1))
      void client.act({ kind: "join", room: each });
    // Two want the same name at the same time.
    if (index === 3 || index === 4) void client.rename("star");
    const person = personOf(client);
    await talk(client, person, scene, world.chance(`talk of ${client.name}`), stop.signal, {
      pauseMs: knobs.pauseMs,
      pause: (ms) => world.pause(ms),
    });
  });
  await world.pause(activeMs);
  stop.abort();
  await Promise.all(lives);
}

function personOf({ sdk }: SimClient): number {
  const state = sdk.session.$state.get();
  return state.state === "signed-in" ? state.user.id : 0;
}

/** Lets something go wrong. */
function befall(fault: Fault, { cluster, servers, clients, ways }: Population): void {
  const { world, store } = cluster;
  const { atMs: _, ...what } = fault;
  world.note(`fault: ${JSON.stringify(what)}`);
  const server = "server" in fault ? servers[fault.server] : undefined;
  const client = "client" in fault ? clients[fault.client] : undefined;
  switch (fault.kind) {
    case "kill server":
      server?.kill();
      world.at(fault.forMs, () => server?.start());
      return;
    case "restart server":
      void server?.stop().then(() => world.at(fault.forMs, () => server.start()));
      return;
    case "stop leader":
      return store.crash(fault.forMs);
    case "cut log":
      return server?.logLink.reset();
    case "silence log":
      return server?.logLink.silence(fault.forMs);
    case "cut client":
      for (const { link } of ways[fault.client] ?? []) link.reset();
      return;
    case "silence client":
      return ways[fault.client]?.[fault.server]?.link.silence(fault.forMs);
    case "crash client":
      void client?.crash?.();
      return;
    case "cut watches":
      return server?.cutWatches(fault.forMs);
    case "move log":
      void moveLog(fault.forMs, { cluster, servers });
      return;
  }
}

/** What an operator does who moves the log to another engine: every server stops, the same records get another epoch, and the servers take it. */
async function moveLog(forMs: number, { cluster, servers }: Pick<Population, "cluster" | "servers">): Promise<void> {
  const { world, store } = cluster;
  for (const server of servers) server.kill();
  await world.pause(forMs);
  for (const server of servers) server.kill();
  store.move();
  for (const server of servers) server.start();
}
