import { spawn, type ChildProcess } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { natsServerConfig, type NatsClusterOptions } from "./config.ts";
import { ensureNatsServer } from "./ensure.ts";

/** How long a server may take to be ready. Three at once on a busy machine need an election, of up to 9 s, and a few seconds more. */
const READY_TIMEOUT_MS = 30_000;

/** How long a server may take to end after it was asked to, before it is killed. */
const STOP_TIMEOUT_MS = 15_000;

const POLL_MS = 25;

/** How to start a nats-server on loopback. */
export interface NatsServerOptions {
  /** For clients. Default: a free one. A restart uses it again. */
  port?: number;
  /** Holds streams, configuration and log. Default: a temporary directory that goes away with the server. */
  storeDir?: string;
  /** Further lines for the configuration file. */
  config?: string;
  /** Sync every record to disk before it is acknowledged. Default true. */
  syncAlways?: boolean;
  /** Makes it a node of a cluster. See `startNatsCluster`. */
  cluster?: NatsClusterOptions;
  /** Resolve when the process runs, before it is ready. Default false. */
  dontWait?: boolean;
}

/** A running nats-server with JetStream. Signals reach it at once; what ends it resolves when the process is gone. */
export interface NatsServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly monitoringPort: number;
  /** Undefined while it is not running. */
  readonly pid: number | undefined;
  readonly storeDir: string;
  readonly logFile: string;
  /** Resolves when JetStream serves and everything stored on this node is up to date. @throws Error with the end of the log */
  ready(): Promise<void>;
  /** Ends it in good order (SIGTERM). */
  stop(): Promise<void>;
  /** Ends it as a crash would (SIGKILL). */
  kill(): Promise<void>;
  /** Freezes it (SIGSTOP): connections stay, nothing is answered. */
  pause(): void;
  /** Lets it go on (SIGCONT). */
  resume(): void;
  /** Lame-duck mode: hands its leaderships over, then its clients, then ends. */
  lameDuck(): Promise<void>;
  /** Starts it again on the same ports and store, after stopping it where it still runs. */
  restart(options?: { dontWait?: boolean }): Promise<void>;
}

/**
 * Starts a nats-server for development, tests and measurements: loopback only, JetStream on files, monitoring on. It ends with
 * this process at the latest.
 */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const binary = await ensureNatsServer();
  const temporary = options.storeDir === undefined;
  const storeDir = resolve(options.storeDir ?? (await mkdtemp(join(tmpdir(), "chat-nats-"))));
  await mkdir(storeDir, { recursive: true });
  const [freePort, monitoringPort] = (await freePorts(2)) as [number, number];
  const port = options.port ?? freePort;
  const configFile = join(storeDir, "nats-server.conf");
  const logFile = join(storeDir, "nats-server.log");
  await writeFile(configFile, natsServerConfig({ ...options, port, monitoringPort, storeDir }));

  let child: ChildProcess | undefined;
  let ended: Promise<void> = Promise.resolve();
  const killWithUs = () => void child?.kill("SIGKILL");

  async function launch(): Promise<void> {
    const log = await open(logFile, "a");
    try {
      const started = spawn(binary, ["-c", configFile], { stdio: ["ignore", log.fd, log.fd] });
      child = started;
      process.once("exit", killWithUs);
      ended = new Promise<void>((resolveEnded) => {
        const gone = () => {
          if (child === started) child = undefined;
          process.removeListener("exit", killWithUs);
          resolveEnded();
        };
        started.once("exit", gone);
        started.once("error", gone);
      });
    } finally {
      await log.close();
    }
  }

  async function ready(): Promise<void> {
    const deadline = Date.now() + READY_TIMEOUT_MS;
    while (child !== undefined && Date.now() < deadline) {
      const isHealthy = await fetch(`http://127.0.0.1:${monitoringPort}/healthz`, {
        signal: AbortSignal.timeout(2_000),
      }).then(
        async (response) => (await response.text(), response.ok),
        () => false, // not listening yet
      );
      if (isHealthy) return;
      await delay(POLL_MS);
    }
    const log = (await readFile(logFile, "utf8")).trimEnd().split("\n").slice(-15).join("\n");
    throw new Error(`nats-server ${child ? "is not ready" : "ended"}; the end of ${logFile}:\n${log}`);
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const running = child;
    if (!running) return;
    running.kill(signal);
    if (signal !== "SIGKILL") running.kill("SIGCONT"); // one that is frozen could not end
    const timer = setTimeout(() => running.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }

  const server: NatsServer = {
    url: `nats://127.0.0.1:${port}`,
    port,
    monitoringPort,
    storeDir,
    logFile,
    get pid() {
      return child?.pid;
    },
    ready,
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
    pause: () => void child?.kill("SIGSTOP"),
    resume: () => void child?.kill("SIGCONT"),
    lameDuck: () => end("SIGUSR2"),
    async restart({ dontWait = false } = {}) {
      await server.stop();
      await launch();
      if (!dontWait) await ready();
    },
    async [Symbol.asyncDispose]() {
      if (temporary) await server.kill();
      else await server.stop();
      if (temporary) await rm(storeDir, { recursive: true, force: true });
    },
  };

  await launch();
  try {
    if (!options.dontWait) await ready();
  } catch (cause) {
    await server[Symbol.asyncDispose]();
    throw cause;
  }
  return server;
}

/**
 * Below the ports that systems give to outgoing connections (Linux: from 32,768): one of those could take the port of a server while that is being
 * restarted.
 */
const PORTS = [10_000, 32_000] as const;

/** What this process was given: who asked may not listen yet when the next one asks. */
const GIVEN = new Set<number>();

/** Ports of loopback that nothing listens on, all different, and different from all that this process was given before. */
export async function freePorts(count: number): Promise<number[]> {
  const listeners: Server[] = [];
  while (listeners.length < count) {
    const port = randomInt(...PORTS);
    if (GIVEN.has(port)) continue;
    GIVEN.add(port);
    const listener = createServer().listen(port, "127.0.0.1");
    const isFree = await new Promise<boolean>((resolveFree) =>
      listener.once("listening", () => resolveFree(true)).once("error", () => resolveFree(false)),
    );
    if (isFree) listeners.push(listener);
  }
  const ports = listeners.map((listener) => (listener.address() as { port: number }).port);
  await Promise.all(listeners.map((listener) => new Promise((closed) => listener.close(closed))));
  return ports;
}
