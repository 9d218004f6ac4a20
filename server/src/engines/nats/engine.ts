import type { Engine } from "../../engine.ts";
import type { EngineLogger } from "../engine-logger.ts";
import { createNatsBlobs } from "./blobs.ts";
import { startBucketProbe } from "./bucket-probe.ts";
import { createNatsBus } from "./bus.ts";
import { openLink } from "./connection.ts";
import { leaveDeafNodes } from "./deaf-node.ts";
import { openJetStream } from "./jetstream.ts";
import { createNatsKeyValueStore } from "./key-value.ts";
import { createNatsRecordLog } from "./record-log.ts";
import { APPEND_FAILURE_SHOWN_MS } from "./timing.ts";

/**
 * The engine of any number of servers: log and buckets on JetStream, signals on core NATS. Waits for NATS where it isn't there yet.
 *
 * @param options.servers "nats://host:port", several separated by commas
 * @param options.replicas copies of what is made here; what is there keeps its own number
 * @param options.onWaiting told why it waits, and undefined when it no longer does
 * @param options.mayMakeLog whether a log is made where there is none; true by default
 * @throws ChatError; the signal's reason when it aborts while waiting
 */
export async function createNatsEngine(options: {
  servers: string;
  credsFile: string | undefined;
  replicas: number;
  logger: EngineLogger;
  signal: AbortSignal;
  onWaiting?: (reason: string | undefined) => void;
  mayMakeLog?: boolean;
}): Promise<Engine> {
  const { replicas, logger, onWaiting = () => {} } = options;
  const link = await openLink({ ...options, onWaiting });
  await using opened = new AsyncDisposableStack(); // closes what is open already when the rest fails
  opened.defer(() => link.close());
  const { connection } = link;
  const jetStream = await openJetStream(connection);
  const log = await createNatsRecordLog({
    ...jetStream,
    replicas,
    mayMake: options.mayMakeLog ?? true,
    serverVersion: connection.info?.version,
    logger,
  });
  opened.defer(() => log.close());
  const keyValue = createNatsKeyValueStore({ ...jetStream, replicas, logger });
  opened.defer(() => keyValue.close());
  const bus = createNatsBus({ connection });
  opened.defer(() => bus.close());
  const blobs = createNatsBlobs({ ...jetStream, replicas });
  opened.defer(() => blobs.close());

  const buckets = startBucketProbe({
    streams: async () => new Set(await Array.fromAsync(jetStream.jsm.streams.names())),
    wanted: () => keyValue.streams,
  });
  opened.defer(() => buckets.close());
  const stopLeaving = leaveDeafNodes({
    isDeaf: () => link.isUp && log.missing() !== undefined,
    leave: () => connection.reconnect(),
    logger,
  });
  opened.defer(stopLeaving);

  logger.info({ server: connection.getServer(), epoch: log.epoch }, "NATS engine open");
  const resources = opened.move();
  return {
    name: "nats",
    log,
    keyValue,
    bus,
    blobs,
    health() {
      if (!link.isUp) return { ok: false, reason: "NATS can't be reached" };
      const missing = log.missing();
      if (missing !== undefined) return { ok: false, reason: missing };
      const lostBuckets = buckets.failure();
      if (lostBuckets !== undefined) return { ok: false, reason: lostBuckets };
      const failure = log.lastFailure;
      if (failure && Date.now() - failure.at < APPEND_FAILURE_SHOWN_MS)
        return { ok: false, reason: `the log takes nothing: ${failure.message}` };
      return { ok: true };
    },
    close: () => resources.disposeAsync(),
  };
}
