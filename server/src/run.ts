import { DEMO_HANDLES, DEMO_PASSWORD } from "./auth/demo-users.ts";
import { type Config, loadConfig } from "./config.ts";
import { ChatError } from "./errors.ts";
import { createLogger } from "./logger.ts";
import { type ChatServer, startServer } from "./server.ts";

/** Exit codes of the process: 0 after a shutdown, 1 when it could not start or go on, 2 for a bad configuration. */
const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/** Runs a server until a signal ends it. @param options.say takes lines for the person who started it */
export async function run(options: { say?: (line: string) => void } = {}): Promise<void> {
  let config: Config;
  try {
    config = loadConfig({ env: process.env, args: process.argv.slice(2) });
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(EXIT.usage);
  }
  const logger = createLogger({ level: config.logLevel });
  process.on("uncaughtException", (error) => {
    logger.fatal({ err: error }, "an error that nobody handled");
    process.exit(EXIT.failed);
  });
  const stopping = new AbortController();
  try {
    const server = await startServer(config, { logger });
    stopOnSignals(server, stopping);
    await server.ready;
    logger.info({ port: server.port, tlsPort: server.tlsPort, engine: config.natsUrl ? "nats" : "embedded" }, "ready");
    for (const line of welcome(config, server)) options.say?.(line);
  } catch (error) {
    if (stopping.signal.aborted) return; // it was asked to stop before it had started, and is doing so
    if (!(error instanceof ChatError)) logger.fatal({ err: error }, "the server can't start");
    else process.stderr.write(`${error.message}\n`);
    process.exit(EXIT.failed);
  }
}

/** The first SIGTERM or SIGINT shuts down; a second one leaves at once. */
function stopOnSignals(server: ChatServer, stopping: AbortController): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(EXIT.failed);
      stopping.abort();
      void server.close().then(() => process.exit(EXIT.ok));
    });
  }
}

function welcome(config: Config, { port, tlsPort }: ChatServer): string[] {
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
