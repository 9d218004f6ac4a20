import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePorts, startNatsServer, type NatsServer } from "../../scripts/nats-server/start.ts";
import { ROOT } from "../../scripts/paths.ts";

const READY_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 15_000;
const NODE = join(ROOT, "node_modules", ".bin", "node");

/** A chat server in a process of its own. */
export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Where it tells measurements. */
  readonly metricsUrl: string;
  /** Undefined while it is not running. */
  readonly pid: number | undefined;
  readonly dataDir: string;
  /** What it printed so far. */
  readonly output: () => string;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** Starts it again on the same port and data directory; `again` says what differs from the first time. */
  restart(again?: Pick<StartOptions, "env" | "waitForReady">): Promise<void>;
  /** Resolves with the exit code when the process ends by itself. */
  ended(): Promise<number | null>;
}

/** How a server is started: `env` as in the README, `through` a command that becomes another: `["prlimit", "--nofile=1024"]`. */
interface StartOptions {
  env?: Record<string, string>;
  dataDir?: string;
  waitForReady?: boolean;
  through?: readonly string[];
}

/** Starts a server and waits until it is ready. */
export async function startServer(options: StartOptions = {}): Promise<ServerProcess> {
  const [port, metricsPort] = (await freePorts(2)) as [number, number];
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "chat-e2e-")));
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  let exit: Promise<number | null> = Promise.resolve(null);
  let output = "";

  async function launch(again: Pick<StartOptions, "env" | "waitForReady"> = {}): Promise<void> {
    const { env, waitForReady = true } = { ...options, ...again };
    const [command = NODE, ...args] = [...(options.through ?? []), NODE, "server/src/main.ts"];
    const started = spawn(command, args, {
      cwd: ROOT,
      env: {
        ...process.env,
        PORT: String(port),
        METRICS_PORT: String(metricsPort),
        DATA_DIR: dataDir,
        DEMO_USERS: "1",
        LOG_LEVEL: "debug",
        RATE_LIMITS: "off",
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child = started;
    started.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    started.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    exit = once(started, "exit").then(([code]) => {
      if (child === started) child = undefined;
      return code as number | null;
    });
    if (!waitForReady) return;
    const deadline = Date.now() + READY_TIMEOUT_MS;
    while (child !== undefined && Date.now() < deadline) {
      const isReady = await fetch(`${url}/readyz`).then(
        async (response) => (await response.text(), response.ok),
        () => false, // not listening yet
      );
      if (isReady) return;
      await delay(25);
    }
    throw new Error(`the server is not ready:\n${output.slice(-4_000)}`);
  }

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    const running = child;
    if (!running) return exit;
    running.kill(signal);
    const timer = setTimeout(() => running.kill("SIGKILL"), STOP_TIMEOUT_MS);
    const code = await exit;
    clearTimeout(timer);
    return code;
  }

  await launch();
  return {
    url,
    port,
    metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
    get pid() {
      return child?.pid;
    },
    dataDir,
    output: () => output,
    kill: async () => void (await end("SIGKILL")),
    stop: () => end("SIGTERM"),
    restart: launch,
    ended: () => exit,
    async [Symbol.asyncDispose]() {
      await end("SIGKILL");
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Several servers on one nats-server. */
export interface Cluster extends AsyncDisposable {
  readonly nats: NatsServer;
  readonly servers: readonly ServerProcess[];
}

/** Starts a nats-server and servers on it. */
export async function startCluster(count: number): Promise<Cluster> {
  const nats = await startNatsServer();
  const servers = await Promise.all(Array.from({ length: count }, () => startServer({ env: { NATS_URL: nats.url } })));
  return {
    nats,
    servers,
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
      await nats[Symbol.asyncDispose]();
    },
  };
}

/** Waits until it holds. @throws Error with `what` when it does not in time */
export async function until(what: string, holds: () => boolean | Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not in time: ${what}`);
    await delay(20);
  }
}
