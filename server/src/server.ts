import type { Logger } from "pino";
import { compose, type Composition } from "./compose.ts";
import type { Config } from "./config.ts";
import { loadCertificate } from "./http/certificate.ts";
import { PLATFORM } from "./environment.ts";
import { createClientAddresses } from "./http/client-address.ts";
import { connectionsFor, descriptorLimit, watchDescriptors } from "./http/descriptors.ts";
import { edgeLimits } from "./http/edge-limits.ts";
import { createHostCheck } from "./http/hosts.ts";
import { listen } from "./http/listener.ts";
import { openMetricsPort } from "./http/metrics-port.ts";
import { createPlainPort } from "./http/plain-port.ts";
import { createProbes } from "./http/probes.ts";
import { createRefusalLog } from "./http/refusal-log.ts";
import { createRequestHandler } from "./http/request-handler.ts";
import { createWebApp } from "./http/web-app.ts";
import { limitsOf } from "./limits/settings.ts";
import { droppedLines } from "./logger.ts";
import { createMetrics } from "./metrics.ts";
import { createReadiness } from "./readiness.ts";
import { requestKindOf } from "./rpc/request-kind.ts";
import type { UnhandledErrors } from "./unhandled-errors.ts";
import type { WorkerLink } from "./workers/worker.ts";

/** A running server. */
export interface ChatServer {
  readonly port: number;
  readonly tlsPort: number | undefined;
  readonly metricsPort: number | undefined;
  /** Resolves when it can be sent work; rejects when it can't be put together (the data directory is in use, for one). */
  readonly ready: Promise<void>;
  /**
   * Shuts down without losing anything: not ready, no new connections, streams end with UNAVAILABLE, what was accepted is stored and answered, then all is
   * closed. Whatever is not done after `shutdownMs` is cut short. Never rejects.
   */
  close(): Promise<void>;
}

/** How long answers and endings that were just made may take to leave before connections are dropped. */
const LAST_ANSWERS_MS = 1_000;

/** Opens the ports, so that probes are answered, then puts the server together behind them. @throws ChatError when a port can't be had. */
export async function startServer(
  config: Config,
  options: {
    logger: Logger;
    unhandled: UnhandledErrors;
    worker?: WorkerLink | undefined;
    now?: () => number;
  },
): Promise<ChatServer> {
  const { logger, unhandled, worker, now = Date.now } = options;
  const readiness = createReadiness();
  const metrics = createMetrics({ ofAllWorkers: worker && (() => worker.metrics()) });
  metrics.gauge("chat_log_lines_dropped_total", "Log lines lost because the log was not read in time", () =>
    droppedLines(logger),
  );
  const stop = new AbortController();
  let composition: Composition | undefined;
  let starting = true;
  let stopping = false;
  readiness.require(() => (stopping ? "stopping" : starting ? "starting" : undefined));

  const certificate = config.tls && (await loadCertificate(config.tls, { dataDir: config.dataDir, now }));
  const limit = descriptorLimit();
  const descriptors = watchDescriptors(limit);
  readiness.require(() => descriptors.shortage() ?? unhandled.burst());
  const addresses = createClientAddresses(config.trustedProxies);
  const limits = limitsOf(config.limits);
  let tlsPort = config.tls?.port || undefined; // 0: known once it is open
  const handler = createRequestHandler({
    probes: createProbes({ readiness }),
    hostVerdict: createHostCheck({ publicHosts: config.publicHosts, listenHost: config.host }),
    plainPort:
      config.tls && config.plainPort === "loopback"
        ? createPlainPort({ tlsPort: () => tlsPort, addresses })
        : undefined,
    calls: () => composition?.calls.handle,
    webApp: createWebApp(),
    // A certificate for development is no reason to keep a browser from every other server on localhost.
    strictTransport: config.tls?.source === "files",
    logger,
    onFailed: () => unhandled.count(),
  });
  const refused = metrics.counter("chat_refused_total", "Connections and requests refused or cut short", "why");
  const listener = await listen({
    host: config.host,
    port: config.port,
    tls: config.tls && certificate && { ...certificate, port: config.tls.port },
    handler,
    kindOf: requestKindOf,
    limits: edgeLimits({
      connections: connectionsFor(limit),
      connectionsPerAddress: config.connectionsPerAddress,
      streamsPerAddress: limits.streamsPerAddress,
      streams: limits.streams,
    }),
    addresses,
    onRefused: createRefusalLog({ logger, count: refused }),
  });
  ({ tlsPort } = listener);
  const metricsPort =
    config.metrics &&
    (await openMetricsPort({ ...config.metrics, render: () => metrics.render() }).catch(async (error: unknown) => {
      descriptors.close();
      listener.stopAccepting();
      await listener.closed(AbortSignal.abort());
      throw error;
    }));
  const { inUse } = listener;
  metrics.gauge("chat_connections", "Open connections", () => inUse.connections);
  metrics.gauge("chat_open_calls", "Calls and files that are being answered", () => inUse.call);
  metrics.gauge("chat_health_watches", "Open streams that need no account: health and reflection", () => inUse.watch);
  metrics.gauge("chat_body_bytes", "Bytes of request bodies that have not ended", () => inUse.bodyBytes);
  metrics.gauge("chat_unhandled_errors_total", "Errors that nothing handled", () => unhandled.total);

  const composing = compose(config, {
    worker: worker?.number ?? 1,
    addresses,
    limits,
    logger,
    readiness,
    metrics,
    signal: stop.signal,
    environment: { ...PLATFORM, now },
  });
  async function start(): Promise<void> {
    composition = await composing;
    await composition.caughtUp;
    if (config.demoUsers) await composition.accounts.ensureDemoUsers();
    await composition.accounts.finishWork();
    starting = false;
  }
  const ready = start();
  ready.catch(() => {}); // whoever awaits it is told; the rest sees that it is not ready

  async function shutDown(): Promise<void> {
    stopping = true;
    const deadline = AbortSignal.timeout(config.shutdownMs);
    const expired = new Promise<void>((resolve) => deadline.addEventListener("abort", () => resolve(), { once: true }));
    logger.info("shutting down");
    listener.stopAccepting();
    await Promise.race([composition?.drain(), expired]);
    stop.abort();
    await listener.closed(AbortSignal.any([deadline, AbortSignal.timeout(LAST_ANSWERS_MS)]));
    // It may be in the middle of being put together; then it gives that up.
    const closed = composing.then(
      (made) => made.close(),
      () => {},
    );
    await Promise.race([closed, expired]);
    metricsPort?.close();
    descriptors.close();
    logger.info({ inTime: !deadline.aborted }, "shut down");
  }
  let closing: Promise<void> | undefined;

  return {
    port: listener.port,
    tlsPort: listener.tlsPort,
    metricsPort: metricsPort?.port,
    ready,
    close: () => (closing ??= shutDown()),
  };
}
