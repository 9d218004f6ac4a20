import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, closeSync } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePorts } from "../../../../scripts/nats-server/start.ts";
import { ROOT } from "../../../../scripts/paths.ts";

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;

/** What a server process takes of the machine. Bytes and counts. */
export interface Footprint {
  readonly rss: number;
  /** Of it what is no file's. */
  readonly anonymous: number;
  readonly descriptors: number;
  /** Processor time since its start, in milliseconds. */
  readonly cpuMs: number;
}

/** What the kernel counts processor time in (USER_HZ, the same on every Linux that Node runs on). */
const TICK_MS = 10;

/** Settings for measurements where everybody comes from one address and does as much as the server takes. */
const LIFTED = { CONNECTIONS_PER_ADDRESS: "0", STREAMS_PER_ADDRESS: "0", RATE_LIMITS: "off" } as const;

/** A chat server in a process of its own. */
export interface ChatServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly pid: number | undefined;
  readonly logFile: string;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGTERM. */
  stop(): Promise<void>;
  /** The same server again, on the same port and data. */
  restart(): Promise<void>;
  footprint(): Promise<Footprint>;
  /** The samples of /metrics by name, with their labels where they have some: `name{label="value"}`. */
  metrics(): Promise<ReadonlyMap<string, number>>;
}

/**
 * Starts a server and waits until it is ready.
 * @param options.env as in the README
 * @param options.host 127.0.0.1 by default
 * @param options.limits those of accounts and addresses; lifted by default
 * @param options.through a command that becomes another: `["prlimit", "--nofile=1024"]`
 */
export async function startChatServer(options: {
  dir: string;
  through?: readonly string[];
  env?: Readonly<Record<string, string>>;
  limits?: "lifted" | "as shipped";
  host?: string;
}): Promise<ChatServer> {
  const { dir, host = "127.0.0.1" } = options;
  await mkdir(dir, { recursive: true });
  const [port, metricsPort] = (await freePorts(2)) as [number, number];
  const url = `http://${host}:${port}`;
  const logFile = join(dir, "server.log");
  let child: ChildProcess | undefined;
  let gone: Promise<unknown> = Promise.resolve();
  const killWithUs = (): void => void child?.kill("SIGKILL");
  process.on("exit", killWithUs);

  async function launch(): Promise<void> {
    const log = openSync(logFile, "a");
    const [command = process.execPath, ...args] = [...(options.through ?? []), process.execPath, "server/src/main.ts"];
    const started = spawn(command, args, {
      cwd: ROOT,
      env: {
        ...process.env,
        HOST: host,
        PORT: String(port),
        METRICS_PORT: String(metricsPort),
        ...(options.limits === "as shipped" ? {} : LIFTED),
        DATA_DIR: join(dir, "data"),
        LOG_LEVEL: "info",
        ...options.env,
      },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    child = started;
    gone = once(started, "exit").then(() => {
      if (child === started) child = undefined;
    });
    const deadline = Date.now() + READY_TIMEOUT_MS;
    while (child !== undefined && Date.now() < deadline) {
      if (await isReady(url)) return;
      await delay(25);
    }
    const log_ = await readFile(logFile, "utf8");
    throw new Error(`the server is not ready; the end of its log:\n${log_.slice(-2_000)}`);
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const running = child;
    if (!running) return;
    running.kill(signal);
    const timer = setTimeout(() => running.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await gone;
    clearTimeout(timer);
  }

  await launch();
  return {
    port,
    url,
    get pid() {
      return child?.pid;
    },
    logFile,
    kill: () => end("SIGKILL"),
    stop: () => end("SIGTERM"),
    restart: launch,
    async footprint() {
      const proc = `/proc/${child?.pid}`;
      const status = await readFile(`${proc}/status`, "utf8");
      const bytes = (name: string): number => 1_024 * Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
      const descriptors = (await readdir(`${proc}/fd`)).length;
      const stat = await readFile(`${proc}/stat`, "utf8");
      const [user = 0, system = 0] = stat.slice(stat.lastIndexOf(")")).split(" ").slice(12, 14).map(Number);
      return { rss: bytes("VmRSS"), anonymous: bytes("RssAnon"), descriptors, cpuMs: (user + system) * TICK_MS };
    },
    async metrics() {
      const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
      const samples = text.split("\n").map((line) => /^(\w+(?:\{.*\})?) ([-\d.e+]+)$/.exec(line));
      return new Map(samples.flatMap((match) => (match ? [[match[1] ?? "", Number(match[2])]] : [])));
    },
    async [Symbol.asyncDispose]() {
      await end("SIGKILL");
      process.removeListener("exit", killWithUs);
    },
  };
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/readyz`);
    await response.text();
    return response.ok;
  } catch {
    return false; // not listening yet
  }
}
