import { join } from "node:path";
import type { Logger } from "pino";
import { type Accounts, createAccounts } from "./auth/accounts.ts";
import { loadSigningKeys } from "./auth/signing-keys.ts";
import { assertAccountsExist } from "./auth/vanished-accounts.ts";
import type { Backups } from "./backups.ts";
import type { Config } from "./config.ts";
import type { Engine } from "./engine.ts";
import { type Environment, PLATFORM } from "./environment.ts";
import { ChatError } from "./errors.ts";
import { createHub } from "./hub/hub.ts";
import { CHAIN_START } from "./log/chain.ts";
import type { KnownPast } from "./log/continuity.ts";
import { createCursorCodec } from "./log/cursor-codec.ts";
import { createClientAddresses } from "./http/client-address.ts";
import { createCallLimits } from "./limits/call-limits.ts";
import { limitsOf } from "./limits/settings.ts";
import { createGroupCommit } from "./log/group-commit.ts";
import type { Metrics } from "./metrics.ts";
import type { Parts } from "./parts.ts";
import { createMessageDeletion } from "./people/delete-messages.ts";
import { createHandleHash } from "./people/handle-hash.ts";
import { createPeople } from "./people/people.ts";
import { prepareDataDir } from "./private-file.ts";
import { createCatchUp } from "./projection/catch-up.ts";
import { startEraser } from "./projection/eraser.ts";
import { createHistory } from "./projection/history.ts";
import { watchFormats } from "./projection/formats-read.ts";
import { startPeerCheck } from "./projection/peer-check.ts";
import { doubtProjection } from "./projection/inspect-projection.ts";
import { openSameLog } from "./projection/open-same-log.ts";
import { openProjection, projectionFile } from "./projection/open-projection.ts";
import { createSettlement } from "./projection/settlement.ts";
import { createSubmitEvent } from "./projection/submit-event.ts";
import { startTail } from "./projection/tail.ts";
import type { Readiness } from "./readiness.ts";
import { createRelay } from "./relay/relay.ts";
import { type Calls, createCalls } from "./rpc/calls.ts";
import { createReadAfter } from "./rpc/read-after.ts";

/** A server put together on an engine. */
export interface Composition {
  readonly accounts: Accounts;
  readonly calls: Calls;
  /** Resolves when what the log held at start is applied and everybody's account is known. */
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

/** Puts a server together: one tail applies the log to the projection and hands each event to the hub; calls propose events and wait for them there. */
export async function compose(
  config: Config,
  options: {
    /** Number of this process among those that share the data directory, from 1. */
    worker: number;
    logger: Logger;
    readiness: Readiness;
    metrics: Metrics;
    signal: AbortSignal;
    environment?: Environment;
    parts?: Parts;
  },
): Promise<Composition> {
  const { logger, readiness, metrics, signal, environment = PLATFORM, parts = {} } = options;
  const { now, random, timers, monotonic: clock } = environment;
  const { remembered } = parts;
  const time = { now, timers, logger };
  const secrets = { ids: environment.ids, random: environment.randomBytes };
  prepareDataDir(config.dataDir);
  await using opened = new AsyncDisposableStack(); // closes what is open already when the rest fails
  let waiting: string | undefined;
  readiness.require(() => waiting);
  const projectionPath = join(config.dataDir, projectionFile(options.worker));
  const engine = await openSameLog(projectionPath, {
    acceptNewLog: config.acceptNewLog,
    logger,
    signal,
    timers,
    open: (known) =>
      (parts.openEngine ?? openEngine)(config, {
        ...known,
        logger,
        signal,
        onWaiting(reason) {
          waiting = reason;
        },
      }),
  });
  opened.defer(() => engine.close());
  const { log, keyValue, bus } = engine;
  readiness.require(() => {
    const health = engine.health();
    return health.ok ? undefined : health.reason;
  });

  await assertAccountsExist({ log, keyValue, accept: config.acceptNoAccounts, logger });
  const keys = await loadSigningKeys({
    keyValue,
    ...secrets,
    hasPeople: !config.acceptNoAccounts && (await log.head()) > 0,
  });
  const projection = (parts.openProjection ?? openProjection)(projectionPath, log.epoch);
  opened.defer(() => projection.close());
  const cursors = createCursorCodec(log.epoch);
  const hub = createHub({ roster: projection.roster, cursors });
  const catchUp = createCatchUp(projection);

  let isCaughtUp = false;
  /** Why the log can't be followed; undefined while it can. */
  let stopped: string | undefined;
  let isOddOneOut = false;
  let differences = 0;
  /** Why what is applied here can't be answered from; undefined when it can. */
  function whyNotServing(): string | undefined {
    if (stopped !== undefined) return stopped;
    if (!isCaughtUp) return "catching up with the log";
    return isOddOneOut ? "its state differs from the other servers'" : undefined;
  }
  readiness.require(whyNotServing);

  const server = environment.ids();
  const groupCommit = createGroupCommit({
    log,
    origin: server,
    anchor() {
      if (stopped !== undefined)
        throw new ChatError("unavailable", `Not stored: ${stopped}.`, { details: { retryAfterMs: 1_000 } });
      const { sequence } = projection;
      return { sequence, chain: projection.chainAt(sequence) ?? CHAIN_START };
    },
    onStoredBeforeAnchor: () => tail.doubt(),
    timers,
  });
  const settlement = createSettlement({ groupCommit, now, timers });
  opened.defer(() => settlement.close());
  const formats = watchFormats({ bus, server, isAlone: engine.name === "embedded", ...time });
  opened.defer(() => formats.close());
  const submit = createSubmitEvent({ projection, settlement, formats, tail: { isHeldUp: () => tail.isHeldUp() } });
  const handles = createHandleHash(keys.handles.secret, remembered);
  const people = createPeople({ projection, submit, handles, now });
  const deleteMessages = createMessageDeletion({ projection, submit, now });
  const known = { keyValue, keys, people, deleteMessages, clock: now };
  const accounts = await createAccounts({ ...known, ...time, ...secrets, ...parts });
  opened.defer(() => accounts.close());
  const limits = limitsOf(config.limits);
  const relay = createRelay({
    cursors,
    log,
    projection,
    catchUp,
    hub,
    authenticator: accounts,
    bounds: limits,
    isReady: () => whyNotServing() === undefined,
    now,
    random,
    timers,
  });
  const peerCheck = startPeerCheck({
    bus,
    server,
    epoch: log.epoch,
    ...time,
    onDifference: () => {
      differences++;
    },
    onOddOneOut: (isOdd) => {
      isOddOneOut = isOdd;
    },
  });
  opened.defer(() => peerCheck.close());
  /** A single server whose log can't be read to its end doesn't start; one of several stays up and says why. */
  const cantStart = Promise.withResolvers<never>();
  cantStart.promise.catch(() => {}); // told through caughtUp
  const tail = startTail({
    log,
    projection,
    sinks: {
      publish: (applied) => hub.publish(applied),
      flush: () => hub.flush(),
      settled({ record, outcomes, hash }) {
        if (record.content.origin === server) settlement.applied(record.content.batch, record.sequence, outcomes);
        peerCheck.note(record.sequence, hash, record.chain);
      },
    },
    ...time,
    onStopped(error) {
      stopped = error.message;
      if (error.code === "internal") {
        doubtProjection(projectionPath);
        stopped = "its read model could not take an event; restart this server, it is rebuilt from the log";
      }
      relay.endAll("This server can't follow the log. Resume elsewhere."); // nothing more will come here, and elsewhere it may
      if (engine.name === "embedded" && !isCaughtUp) cantStart.reject(error);
      logger.fatal({ err: error, alarm: "log-broken" }, error.message);
    },
    onGoingOn() {
      stopped = undefined;
      logger.info({ records: projection.sequence }, "the log can be followed again");
    },
  });
  opened.defer(() => tail.close());
  const eraser = startEraser({ log, projection, ...time });
  opened.defer(() => eraser.close());
  readiness.require(() => tail.storageTrouble());
  const startedAt = now();
  const caughtUp = Promise.race([Promise.all([tail.caughtUp, accounts.ready]), cantStart.promise]).then(() => {
    isCaughtUp = true;
    logger.info({ records: projection.sequence, ms: now() - startedAt }, "caught up with the log");
  });

  metrics.gauge("chat_streams", "Open Subscribe streams", () => relay.streams);
  metrics.gauge("chat_people_online", "People with an open stream here", () => hub.people);
  metrics.gauge("chat_events_waiting", "Events that wait to be stored", () => groupCommit.pending);
  metrics.gauge("chat_applied_record", "Sequence of the newest applied record", () => projection.sequence, "min");
  metrics.gauge("chat_erasures_waiting", "Events whose texts are still in the log", () => projection.erasures.waiting);
  metrics.gauge("chat_state_differences_total", "Times another server's state hash differed", () => differences);

  const callLimits = createCallLimits({ limits, clock, now, remembered });
  metrics.gauge("chat_unread_bytes", "Bytes of answers that wait to be read", () => callLimits.unreadBytes);
  const addresses = createClientAddresses(config.trustedProxies);
  const calls = createCalls({
    deps: {
      projection,
      history: createHistory(projection),
      submit,
      people,
      now,
      readAfter: createReadAfter({ cursors, applied: projection, timers }),
      assertServing() {
        const reason = whyNotServing();
        if (reason !== undefined)
          throw new ChatError("unavailable", `The server is not ready: ${reason}.`, {
            details: { retryAfterMs: 1_000 },
          });
      },
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
