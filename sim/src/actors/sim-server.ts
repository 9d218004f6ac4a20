import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import { type Composition, compose } from "../../../server/src/compose.ts";
import type { Config } from "../../../server/src/config.ts";
import type { Engine } from "../../../server/src/engine.ts";
import { LIMIT_DEFAULTS, type LimitSettings } from "../../../server/src/limits/settings.ts";
import type { Metrics } from "../../../server/src/metrics.ts";
import { openProjection, projectionFile } from "../../../server/src/projection/open-projection.ts";
import type { Projection } from "../../../server/src/projection/projection.ts";
import { createClientAddresses } from "../../../server/src/http/client-address.ts";
import { limitsOf } from "../../../server/src/limits/settings.ts";
import { createReadiness } from "../../../server/src/readiness.ts";
import type { Knobs } from "../knobs.ts";
import type { LogStore } from "../log/log-store.ts";
import { type BusMedium, createSimBus } from "../log/sim-bus.ts";
import { createSimKeyValue, type KeyValueMemory } from "../log/sim-key-value.ts";
import { createSimRecordLog } from "../log/sim-record-log.ts";
import { createLink, type Link } from "../net/link.ts";
import type { Listening } from "../net/sim-http.ts";
import { type Machine, startMachine } from "../world/machine.ts";
import type { World } from "../world/world.ts";
import { SIM_PASSWORDS, simAccessTokens } from "./sim-secrets.ts";

/** What all servers of a world share. */
export interface Cluster {
  readonly world: World;
  readonly knobs: Knobs;
  readonly store: LogStore;
  readonly memory: KeyValueMemory;
  readonly medium: BusMedium;
  /** Where the read models lie. */
  readonly directory: string;
  /** Told of what a server tells its operator about with an alarm. */
  readonly onAlarm: (server: string, alarm: string, message: string) => void;
  /** Stands between a server and its engine: for a simulation of a mistake. */
  readonly wrapEngine?: ((engine: Engine) => Engine) | undefined;
}

/** A place for a server: its processes come and go, its disk stays. */
export interface SimServer {
  readonly name: string;
  /** File of the read model. */
  readonly path: string;
  readonly logLink: Link;
  /** The process that listens, if there is one. */
  readonly listening: Listening | undefined;
  readonly isReady: boolean;
  readonly projection: Projection | undefined;
  /** Starts a process where there is none; one that can't start is started again. */
  start(): void;
  /** Ends its process in the middle of what it does. */
  kill(): void;
  /** Lets its process shut down. Resolves when it is gone. */
  stop(): Promise<void>;
  /** Its watches of the buckets hear nothing for so long. */
  cutWatches(forMs: number): void;
}

/** How long after a start that failed the next one follows, in ms. */
const START_AGAIN_MS = 1_000;

const NO_METRICS: Metrics = {
  countCall: () => undefined,
  gauge: () => undefined,
  counter: () => () => undefined,
  render: () => Promise.resolve({ type: "text/plain", text: "" }),
};

/** One life of a server. */
interface Life {
  readonly machine: Machine;
  readonly calls: Listening["calls"];
  readonly stopping: AbortController;
  readonly readiness: ReturnType<typeof createReadiness>;
  composition: Composition | undefined;
  projection: Projection | undefined;
  cutWatches: (forMs: number) => void;
  isStarting: boolean;
}

/** A place where no server runs yet. */
export function createSimServer(cluster: Cluster, index: number): SimServer {
  const { world, knobs, store, memory, medium } = cluster;
  const name = `server-${index + 1}`;
  const chance = world.chance(name);
  const dataDir = join(cluster.directory, name);
  mkdirSync(dataDir, { recursive: true });
  const path = join(dataDir, projectionFile(1));
  const logLink = createLink(world, world.chance(`${name} to the log`), knobs.logLatency);
  let lives = 0;
  let life: Life | undefined;

  function openEngine(machine: Machine, own: Life): Engine {
    const log = createSimRecordLog({ world, store, machine, link: logLink });
    const keyValue = createSimKeyValue({
      ...{ world, memory, machine, link: logLink },
      loseAnswerPerMille: knobs.loseBucketAnswerPerMille,
    });
    const bus = createSimBus({ medium, machine, link: logLink, losePerMille: knobs.loseSignalPerMille });
    own.cutWatches = (forMs) => keyValue.cutWatches(forMs);
    return {
      name: "nats",
      log,
      keyValue,
      bus,
      blobs: undefined as unknown as Engine["blobs"], // nothing that is simulated stores files
      health: () => ({ ok: true }),
      async close() {
        await Promise.all([log.close(), keyValue.close(), bus.close()]);
      },
    };
  }

  function start(): void {
    if (life) return;
    const machine = startMachine(world, `${name} life ${++lives}`, chance.between(-1, 1) * knobs.clockSkewMs);
    const own: Life = {
      machine,
      calls: new Set(),
      stopping: new AbortController(),
      readiness: createReadiness(),
      composition: undefined,
      projection: undefined,
      cutWatches: () => undefined,
      isStarting: true,
    };
    life = own;
    world.note(`${machine.name} starts`);
    if (existsSync(path)) world.reached("a server goes on from its read model");
    own.readiness.require(() => (own.isStarting ? "starting" : undefined));
    const config = configOf(dataDir, store.isMoved, knobs);
    const composing = compose(config, {
      worker: 1,
      addresses: createClientAddresses([]),
      limits: limitsOf(config.limits),
      logger: loggerOf(machine),
      readiness: own.readiness,
      metrics: NO_METRICS,
      signal: own.stopping.signal,
      environment: machine.environment,
      parts: {
        openEngine: () => Promise.resolve((cluster.wrapEngine ?? ((engine) => engine))(openEngine(machine, own))),
        openProjection: (file, epoch) => (own.projection = openProjection(file, epoch)),
        passwords: SIM_PASSWORDS,
        remembered: knobs.remembered,
        commonPasswords: () => Promise.resolve([]),
        accessTokens: simAccessTokens(knobs.tokenLifeMs),
      },
    });
    composing
      .then(async (composition) => {
        own.composition = composition;
        await composition.caughtUp;
        await composition.accounts.finishWork();
        own.isStarting = false;
        world.note(`${machine.name} is ready`);
      })
      .catch((error: unknown) => {
        if (life !== own) return;
        world.note(`${machine.name} can't start: ${String(error)}`);
        world.reached("a server could not start at once");
        endLife(own);
        world.at(START_AGAIN_MS, start);
      });
  }

  function loggerOf(machine: Machine) {
    return pino(
      { level: "warn", base: null, timestamp: false },
      {
        write(line: string) {
          if (!machine.isAlive) return;
          const { level, msg, alarm, err } = JSON.parse(line) as Record<string, unknown>;
          const { message: why = "" } = (err ?? {}) as { message?: string };
          world.note(`${machine.name}: ${String(msg)}${why === "" || why === msg ? "" : ` (${why})`}`);
          if (alarm !== undefined) cluster.onAlarm(name, String(alarm), String(msg));
          else if (Number(level) >= 50) cluster.onAlarm(name, "error", `${String(msg)} ${why}`);
        },
      },
    );
  }

  /** The process is gone; its file stays as the file system has it. */
  function endLife({ machine, projection }: Life): void {
    machine.kill();
    life = undefined;
    if (!projection?.database.isOpen) return;
    // Closing would put everything in order, which no crash does.
    const files = [path, `${path}-wal`];
    const isPowerLost = chance.int(0, 99) < knobs.powerLossPercent;
    for (const file of files) copyFileSync(file, `${file}.left`);
    if (projection.database.isTransaction) projection.database.exec("ROLLBACK");
    projection.database.close();
    for (const file of files) renameSync(`${file}.left`, file);
    rmSync(`${path}-shm`, { force: true });
    if (!isPowerLost) return;
    const { size } = statSync(`${path}-wal`);
    truncateSync(`${path}-wal`, chance.int(0, size));
    world.reached("a read model loses what was not written");
  }

  return {
    name,
    path,
    logLink,
    get listening(): Listening | undefined {
      const composition = life?.composition;
      if (!life || !composition) return undefined;
      const { machine, calls } = life;
      return { machine, calls, handle: (request, response) => void composition.calls.handle(request, response) };
    },
    get isReady() {
      return life?.readiness.state().ready === true;
    },
    get projection() {
      return life?.projection;
    },
    start,
    kill() {
      if (!life) return;
      world.note(`${life.machine.name} is killed`);
      world.reached("a server is killed");
      const isSilent = chance.int(0, 99) < knobs.silentDeathPercent;
      for (const call of life.calls) if (!isSilent) call.serverDied();
      if (isSilent && life.calls.size > 0) world.reached("a server dies without a word");
      endLife(life);
    },
    async stop() {
      const own = life;
      if (!own?.composition) return this.kill();
      world.note(`${own.machine.name} shuts down`);
      world.reached("a server shuts down");
      await own.composition.drain();
      own.stopping.abort();
      await own.composition.close();
      if (life !== own) return;
      for (const call of own.calls) call.serverDied();
      own.machine.kill();
      life = undefined;
    },
    cutWatches: (forMs) => life?.cutWatches(forMs),
  };
}

/** Rates alone are scaled: who has used up a quota waits until tomorrow, and no world lasts so long. */
function limitSettings(factor: number): LimitSettings {
  if (factor === 0) return { ...LIMIT_DEFAULTS, factor };
  const { roomsPerDay, rooms, storedMegabytesPerDay, ...rest } = LIMIT_DEFAULTS;
  return {
    ...rest,
    factor,
    roomsPerDay: roomsPerDay / factor,
    rooms: rooms / factor,
    storedMegabytesPerDay: storedMegabytesPerDay / factor,
  };
}

function configOf(dataDir: string, acceptNewLog: boolean, { limitsFactor }: Knobs): Config {
  return {
    host: "127.0.0.1",
    port: 0,
    tls: undefined,
    dataDir,
    natsUrl: "nats://sim",
    natsCreds: undefined,
    natsReplicas: 3,
    workers: 1,
    demoUsers: false,
    logLevel: "warn",
    shutdownMs: 10_000,
    acceptNewLog,
    acceptNoAccounts: false,
    trustedProxies: [],
    limits: limitSettings(limitsFactor),
    publicHosts: [],
    plainPort: "open",
    metrics: undefined,
    connectionsPerAddress: undefined,
  };
}
