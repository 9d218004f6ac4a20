import type { Logger } from "pino";
import { compose, type Composition } from "./compose.ts";
import type { Config } from "./config.ts";
import { loadCertificate } from "./http/certificate.ts";
import { listen } from "./http/listener.ts";
import { createProbes } from "./http/probes.ts";
import { createRequestHandler } from "./http/request-handler.ts";
import { createWebApp } from "./http/web-app.ts";
import { droppedLines } from "./logger.ts";
import { createMetrics } from "./metrics.ts";
import { createReadiness } from "./readiness.ts";
import type { WorkerLink } from "./workers/worker.ts";

/** A running server. */
export interface ChatServer {
  readonly port: number;
  readonly tlsPort: number | undefined;
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
  options: { logger: Logger; worker?: WorkerLink | undefined; now?: () => number },
): Promise<ChatServer> {
  const { logger, worker, now = Date.now } = options;
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
  const listener = await listen({
    host: config.host,
    port: config.port,
    tls: config.tls && certificate && { ...certificate, port: config.tls.port },
    handler: createRequestHandler({
      probes: createProbes({ readiness, metrics: () => metrics.render() }),
      calls: () => composition?.calls.handle,
      webApp: createWebApp(),
      logger,
    }),
  });

  const composing = compose(config, {
    worker: worker?.number ?? 1,
    logger,
    readiness,
    metrics,
    signal: stop.signal,
    now,
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
    logger.info({ inTime: !deadline.aborted }, "shut down");
  }
  let closing: Promise<void> | undefined;

  return {
    port: listener.port,
    tlsPort: listener.tlsPort,
    ready,
    close: () => (closing ??= shutDown()),
  };
}
