import { DEMO_HANDLES, DEMO_PASSWORD } from "./auth/demo-users.ts";
import { type Config, loadConfig } from "./config.ts";
import { ChatError } from "./errors.ts";
import { loadCertificate } from "./http/certificate.ts";
import { currentRequest } from "./http/request-handler.ts";
import { createLogger } from "./logger.ts";
import { prepareDataDir } from "./private-file.ts";
import { startServer } from "./server.ts";
import { createUnhandledErrors, type UnhandledErrors } from "./unhandled-errors.ts";
import { superviseWorkers } from "./workers/supervisor.ts";
import { type WorkerLink, workerLink } from "./workers/worker.ts";

/** Exit codes of the process: 0 after a shutdown, 1 when it could not start or go on, 2 for a bad configuration. */
const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/** What the process says when it is ready. */
type Say = (line: string) => void;

/** Runs a server, or several on one port (`WORKERS`), until a signal ends it. @param options.say takes lines for the person who started it */
export async function run(options: { say?: Say } = {}): Promise<void> {
  const { say = () => {} } = options;
  let config: Config;
  try {
    config = loadConfig({ env: process.env, args: process.argv.slice(2) });
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(EXIT.usage);
  }
  const worker = workerLink(process.env);
  const logger = createLogger({ level: config.logLevel, worker: worker?.number });
  let starting = true;
  const unhandled = createUnhandledErrors({ logger, dropRequest: () => currentRequest.getStore()?.drop() });
  const onUnhandled = (error: unknown): void => {
    if (!starting) return unhandled.caught(error);
    logger.fatal({ err: error }, "an error at start that nothing handled");
    process.exit(EXIT.failed);
  };
  process.on("uncaughtException", onUnhandled);
  process.on("unhandledRejection", onUnhandled);
  const onStarted = (): void => {
    starting = false;
  };
  const stopping = new AbortController();
  try {
    prepareDataDir(config.dataDir);
    if (config.workers > 1 && !worker) await runWorkers(config, { logger, stopping, say, onStarted });
    else await runServer(config, { logger, worker, unhandled, stopping, say, onStarted });
  } catch (error) {
    if (stopping.signal.aborted) return; // it was asked to stop before it had started, and is doing so
    if (!(error instanceof ChatError)) logger.fatal({ err: error }, "the server can't start");
    else process.stderr.write(`${error.message}${because(error.cause)}\n`);
    process.exit(EXIT.failed);
  }
}

/** What lies behind an error, for whoever has to mend it. */
function because(cause: unknown): string {
  return cause instanceof Error ? ` (${cause.message})` : "";
}

interface Surroundings {
  readonly logger: ReturnType<typeof createLogger>;
  readonly stopping: AbortController;
  readonly say: Say;
  /** From then on an error that nothing handled no longer ends the process. */
  readonly onStarted: () => void;
}

async function runServer(
  config: Config,
  {
    logger,
    worker,
    unhandled,
    stopping,
    say,
    onStarted,
  }: Surroundings & { worker: WorkerLink | undefined; unhandled: UnhandledErrors },
): Promise<void> {
  const server = await startServer(config, { logger, unhandled, worker });
  const stop = (): void => {
    stopping.abort();
    void server.close().then(() => process.exit(EXIT.ok));
  };
  if (worker) {
    // Signals may reach the whole group (Ctrl-C does): what they mean, and how often they came, is the supervisor's business.
    worker.onStop(stop);
    process.on("SIGINT", () => {}).on("SIGTERM", () => {});
  } else {
    stopOnSignals(stopping, stop);
  }
  // The ports are open, and requests come: from here on an error concerns one of them.
  onStarted();
  await server.ready;
  const { port, tlsPort, metricsPort } = server;
  logger.info({ port, tlsPort, metricsPort, engine: config.natsUrl ? "nats" : "embedded" }, "ready");
  worker?.ready({ port, tlsPort });
  for (const line of welcome(config, server)) say(line);
}

async function runWorkers(config: Config, { logger, stopping, say, onStarted }: Surroundings): Promise<void> {
  if (config.tls) await loadCertificate(config.tls, { dataDir: config.dataDir, now: Date.now });
  stopOnSignals(stopping, () => stopping.abort());
  const { ok } = await superviseWorkers({
    count: config.workers,
    args: process.argv.slice(2),
    logger,
    signal: stopping.signal,
    onReady(ports) {
      onStarted();
      logger.info({ ...ports, workers: config.workers }, "all workers are ready");
      for (const line of welcome(config, ports)) say(line);
    },
  });
  process.exit(ok ? EXIT.ok : EXIT.failed);
}

/** The first SIGTERM or SIGINT shuts down; a second one leaves at once. */
function stopOnSignals(stopping: AbortController, stop: () => void): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(EXIT.failed);
      stop();
    });
  }
}

function welcome(config: Config, { port, tlsPort }: { port: number; tlsPort: number | undefined }): string[] {
  const host = ["0.0.0.0", "::"].includes(config.host) ? "localhost" : config.host;
  return [
    "",
    `  Chat is ready at http://${host}:${port}`,
    ...(tlsPort === undefined ? [] : [`  and, with TLS, at https://${host}:${tlsPort}`]),
    ...(config.demoUsers ? [`  Sign in as ${DEMO_HANDLES.join(", ")}, password ${DEMO_PASSWORD}.`] : []),
    "  In the terminal: npm run cli",
    "",
  ];
}
