import { join } from "node:path";
import type { Logger } from "pino";
import { type Accounts, createAccounts } from "./auth/accounts.ts";
import { loadSigningKeys, type SigningKeys } from "./auth/signing-keys.ts";
import { assertAccountsExist } from "./auth/vanished-accounts.ts";
import type { Backups } from "./backups.ts";
import type { Config } from "./config.ts";
import type { Engine } from "./engine.ts";
import { type Environment, PLATFORM, type Timers } from "./environment.ts";
import { followLog, type Keep } from "./follow-log.ts";
import type { ClientAddresses } from "./http/client-address.ts";
import { createHub } from "./hub/hub.ts";
import { CHAIN_START } from "./log/chain.ts";
import type { KnownPast } from "./log/continuity.ts";
import { createCursorCodec } from "./log/cursor-codec.ts";
import { createCallLimits } from "./limits/call-limits.ts";
import type { Limits } from "./limits/settings.ts";
import { createGroupCommit, type GroupCommit } from "./log/group-commit.ts";
import type { Metrics } from "./metrics.ts";
import type { Parts } from "./parts.ts";
import { createMessageDeletion } from "./people/delete-messages.ts";
import { createHandleHash } from "./people/handle-hash.ts";
import { createPeople } from "./people/people.ts";
import { createCatchUp } from "./projection/catch-up.ts";
import { createHistory } from "./projection/history.ts";
import { watchFormats } from "./projection/formats-read.ts";
import { openSameLog } from "./projection/open-same-log.ts";
import { openProjection, projectionFile } from "./projection/open-projection.ts";
import type { Projection } from "./projection/projection.ts";
import { createSettlement, type Settlement } from "./projection/settlement.ts";
import { createSubmitEvent, type SubmitEvent } from "./projection/submit-event.ts";
import type { Tail } from "./projection/tail.ts";
import type { Readiness } from "./readiness.ts";
import { createRelay } from "./relay/relay.ts";
import { type Calls, createCalls } from "./rpc/calls.ts";
import { createReadAfter } from "./rpc/read-after.ts";
import { createServing, type Serving } from "./serving.ts";

/** A server put together on an engine. */
export interface Composition {
  readonly accounts: Accounts;
  readonly calls: Calls;
  /** Resolves when what the log held at start is applied and everybody's sessions are in memory; rejects where a single server can't read its log to the end. */
  readonly caughtUp: Promise<void>;
  /** Ends streams with UNAVAILABLE and takes no more; then resolves when what was accepted is stored and answered. */
  drain(): Promise<void>;
  /** Lets go of everything. Never rejects. */
  close(): Promise<void>;
}

/** Opens the engine that the configuration asks for, and loads it alone. The only place that knows engines. */
export async function openEngine(
  config: Pick<Config, "dataDir" | "natsUrl" | "natsCreds" | "natsReplicas"> & Partial<Pick<Config, "acceptNewLog">>,
  options: {
    logger: Logger;
    signal: AbortSignal;
    onWaiting?: (reason: string | undefined) => void;
    /** What the projection in the data directory was made from. */
    applied?: KnownPast | undefined;
    /** Whether a log may be made where there is none, on NATS. */
    mayMakeLog?: boolean;
  },
): Promise<Engine> {
  const { natsUrl, natsCreds, natsReplicas, dataDir, acceptNewLog = false } = config;
  if (natsUrl === undefined) {
    const { createEmbeddedEngine } = await import("./engines/embedded/engine.ts");
    return createEmbeddedEngine({ dataDir, acceptNewLog, applied: options.applied, logger: options.logger });
  }
  const { createNatsEngine } = await import("./engines/nats/engine.ts");
  return createNatsEngine({ servers: natsUrl, credsFile: natsCreds, replicas: natsReplicas, ...options });
}

/** What backs up what the configuration's engine stores. */
export async function openBackups(
  config: Pick<Config, "dataDir" | "natsUrl" | "natsCreds" | "natsReplicas">,
  options: { logger: Logger; signal: AbortSignal; now: () => number },
): Promise<Backups> {
  const { natsUrl, natsCreds, natsReplicas, dataDir } = config;
  if (natsUrl === undefined) {
    const { createEmbeddedBackups } = await import("./engines/embedded/backups.ts");
    return createEmbeddedBackups({ dataDir, now: options.now });
  }
  const { createNatsBackups } = await import("./engines/nats/backups.ts");
  return createNatsBackups({ servers: natsUrl, credsFile: natsCreds, replicas: natsReplicas, ...options });
}

/** What a server is put together with, beside its configuration. */
interface Surroundings {
  /** Number of this process among those that share the data directory, from 1. */
  readonly worker: number;
  readonly addresses: ClientAddresses;
  readonly limits: Limits;
  readonly logger: Logger;
  readonly readiness: Readiness;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
  /** The platform's own by default. */
  readonly environment?: Environment;
  readonly parts?: Parts;
}

/** Puts a server together: one tail applies the log to the projection and hands each event to the hub; calls propose events and wait for them there. */
export async function compose(config: Config, surroundings: Surroundings): Promise<Composition> {
  const { addresses, limits, logger, readiness, metrics, signal, environment = PLATFORM, parts = {} } = surroundings;
  const { now, random, timers, monotonic: clock } = environment;
  const { remembered } = parts;
  const secrets = { ids: environment.ids, random: environment.randomBytes };
  await using opened = new AsyncDisposableStack(); // closes what is open already when the rest fails
  const keep: Keep = (part) => {
    opened.defer(() => part.close());
    return part;
  };
  const { engine, keys, projection, projectionPath } = await openStore(config, surroundings, keep);
  const { log, keyValue } = engine;
  const cursors = createCursorCodec(log.epoch);
  const serving = createServing();
  readiness.require(() => serving.whyNot());

  const server = environment.ids();
  const shared = { engine, projection, serving, server, keep, logger, now, timers };
  const { groupCommit, settlement, submit } = composeWriting({ ...shared, tail: () => following.tail });
  const people = createPeople({ projection, submit, handles: createHandleHash(keys.handles.secret, remembered) });
  const deleteMessages = createMessageDeletion({ projection, submit });
  const known = { keyValue, keys, people, deleteMessages, clock: now, timers, logger };
  const accounts = keep(await createAccounts({ ...known, ...secrets, ...parts }));
  const hub = createHub({ roster: projection.roster, cursors });
  const callLimits = createCallLimits({ limits, clock, now, remembered, timers });
  const relay = createRelay({
    doWork: (account, piece) => callLimits.doWork(account, piece),
    cursors,
    log,
    projection,
    catchUp: createCatchUp(projection),
    hub,
    authenticator: accounts,
    bounds: limits,
    assertServing: () => serving.assert(),
    now,
    random,
    timers,
  });
  const following = followLog({ ...shared, projectionPath, hub, settlement, relay, metrics });
  readiness.require(() => following.tail.storageTrouble());
  const startedAt = now();
  const everything = Promise.all([following.tail.caughtUp, accounts.ready]);
  const caughtUp = Promise.race([everything, following.cantStart]).then(() => {
    serving.caughtUp();
    logger.info({ records: projection.sequence, ms: now() - startedAt }, "caught up with the log");
  });

  metrics.gauge("chat_streams", "Open Subscribe streams", () => relay.streams);
  metrics.gauge("chat_people_online", "People with an open stream here", () => hub.people);
  metrics.gauge("chat_events_waiting", "Events that wait to be stored", () => groupCommit.pending);
  metrics.gauge("chat_applied_record", "Sequence of the newest applied record", () => projection.sequence, "min");
  metrics.gauge("chat_erasures_waiting", "Events whose texts are still in the log", () => projection.erasures.waiting);
  metrics.gauge(
    "chat_state_differences_total",
    "Times another server's state hash differed",
    () => following.differences,
  );
  metrics.gauge("chat_unread_bytes", "Bytes of answers that wait to be read", () => callLimits.unreadBytes);
  const calls = createCalls({
    deps: {
      projection,
      history: createHistory(projection),
      submit,
      people,
      readAfter: createReadAfter({ cursors, applied: projection, timers }),
      assertServing: () => serving.assert(),
    },
    accounts,
    relay,
    readiness,
    metrics,
    limits: callLimits,
    addressOf: (request) => addresses.of(request),
    logger,
    shutdownSignal: signal,
    timers,
  });

  const resources = opened.move();
  return {
    accounts,
    calls,
    caughtUp,
    async drain() {
      relay.close();
      await groupCommit.close();
    },
    close: () => resources.disposeAsync(),
  };
}

/** What a server keeps: the engine on the log that its projection was made from, the keys, and the projection. */
interface Store {
  readonly engine: Engine;
  readonly keys: SigningKeys;
  readonly projection: Projection;
  readonly projectionPath: string;
}

/** Opens the store. The server is not ready while the engine can't be reached. */
async function openStore(
  config: Config,
  { worker, logger, readiness, signal, environment = PLATFORM, parts = {} }: Surroundings,
  keep: Keep,
): Promise<Store> {
  let waiting: string | undefined;
  readiness.require(() => waiting);
  const projectionPath = join(config.dataDir, projectionFile(worker));
  const onWaiting = (reason: string | undefined): void => {
    waiting = reason;
  };
  const engine = keep(
    await openSameLog(projectionPath, {
      acceptNewLog: config.acceptNewLog,
      logger,
      signal,
      timers: environment.timers,
      open: (known) => (parts.openEngine ?? openEngine)(config, { ...known, logger, signal, onWaiting }),
    }),
  );
  readiness.require(() => {
    const health = engine.health();
    return health.ok ? undefined : health.reason;
  });
  const { log, keyValue } = engine;
  await assertAccountsExist({ log, keyValue, accept: config.acceptNoAccounts, logger });
  const keys = await loadSigningKeys({
    keyValue,
    ids: environment.ids,
    random: environment.randomBytes,
    hasPeople: !config.acceptNoAccounts && (await log.head()) > 0,
  });
  const projection = keep((parts.openProjection ?? openProjection)(projectionPath, log.epoch));
  return { engine, keys, projection, projectionPath };
}

/** The way of an event into the log: admitted here, gathered with others, stored, and answered once it is applied here. */
function composeWriting(options: {
  engine: Engine;
  projection: Projection;
  serving: Serving;
  server: string;
  /** Of the time after everything is put together. */
  tail: () => Tail;
  keep: Keep;
  logger: Logger;
  now: () => number;
  timers: Timers;
}): { groupCommit: GroupCommit; settlement: Settlement; submit: SubmitEvent } {
  const { engine, projection, serving, server, tail, keep, ...time } = options;
  const { now, timers } = time;
  const groupCommit = createGroupCommit({
    log: engine.log,
    origin: server,
    anchor() {
      serving.assertFollowing();
      const { sequence } = projection;
      return { sequence, chain: projection.chainAt(sequence) ?? CHAIN_START };
    },
    onStoredBeforeAnchor: () => tail().doubt(),
    timers,
  });
  const settlement = keep(createSettlement({ groupCommit, now, timers }));
  const formats = keep(watchFormats({ bus: engine.bus, server, isAlone: engine.name === "embedded", ...time }));
  const submit = createSubmitEvent({
    projection,
    settlement,
    formats,
    tail: { isHeldUp: () => tail().isHeldUp() },
    now,
  });
  return { groupCommit, settlement, submit };
}
