import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePorts } from "../../scripts/nats-server/start.ts";
import { ROOT, tool, toolEnvironment } from "../../scripts/paths.ts";

/** How long a server may take to end after it was asked to: its own deadline is 10 s. */
const STOP_TIMEOUT_MS = 15_000;

/** A probe that takes longer than this counts as no answer. */
const PROBE_TIMEOUT_MS = 1_000;

const SHIFT_CLOCK = join(import.meta.dirname, "faults", "shifted-clock.ts");

/** A chat server in a process of its own that can be ended, frozen and told a wrong time. */
export interface ChatServerProcess extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
  readonly dataDir: string;
  /** Undefined while it is not running. */
  readonly pid: number | undefined;
  /** Starts it, or starts it again on the same port and data. */
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Asks it to end; resolves with the exit code, null where it had to be killed. */
  stop(): Promise<number | null>;
  pause(): void;
  resume(): void;
  /** Moves its clock by so much from the real one; 0 sets it right. */
  shiftClock(ms: number): Promise<void>;
  /** Undefined: ready. Else why not. */
  whyNotReady(): Promise<string | undefined>;
}

/** Prepares a server; `start` starts it. Its output goes to a file. */
export async function createChatServer(options: {
  name: string;
  directory: string;
  env: Record<string, string>;
}): Promise<ChatServerProcess> {
  const { name, directory } = options;
  const [port] = (await freePorts(1)) as [number];
  const dataDir = join(directory, name);
  const clockFile = join(directory, `${name}.clock`);
  await mkdir(dataDir, { recursive: true });
  await writeFile(clockFile, "0");
  let child: ChildProcess | undefined;
  let exit: Promise<number | null> = Promise.resolve(null);
  const killWithUs = (): void => void child?.kill("SIGKILL");

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    const running = child;
    if (!running) return exit;
    running.kill(signal);
    if (signal !== "SIGKILL") running.kill("SIGCONT"); // one that is frozen could not end
    const timer = setTimeout(() => running.kill("SIGKILL"), STOP_TIMEOUT_MS);
    const code = await exit;
    clearTimeout(timer);
    return code;
  }

  return {
    name,
    port,
    dataDir,
    get pid() {
      return child?.pid;
    },
    async start() {
      if (child) return;
      const log = await open(join(directory, `${name}.log`), "a");
      const started = spawn(tool("node"), ["--import", SHIFT_CLOCK, "server/src/main.ts"], {
        cwd: ROOT,
        env: {
          ...toolEnvironment(),
          PORT: String(port),
          DATA_DIR: dataDir,
          LOG_LEVEL: "info",
          RATE_LIMITS: "off",
          // Everybody comes from one address here.
          CONNECTIONS_PER_ADDRESS: "0",
          STREAMS_PER_ADDRESS: "0",
          CHAOS_CLOCK_FILE: clockFile,
          ...options.env,
        },
        stdio: ["ignore", log.fd, log.fd],
      });
      child = started;
      process.once("exit", killWithUs);
      exit = once(started, "exit").then(([code]) => {
        if (child === started) child = undefined;
        process.removeListener("exit", killWithUs);
        return code as number | null;
      });
      await log.close();
    },
    kill: async () => void (await end("SIGKILL")),
    stop: () => end("SIGTERM"),
    pause: () => void child?.kill("SIGSTOP"),
    resume: () => void child?.kill("SIGCONT"),
    async shiftClock(ms) {
      await writeFile(clockFile, String(ms));
      child?.kill("SIGUSR2");
    },
    async whyNotReady() {
      if (!child) return "it is not running";
      try {
        const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
        const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal });
        const text = await response.text();
        return response.ok ? undefined : text.trim();
      } catch {
        return "it does not answer";
      }
    },
    async [Symbol.asyncDispose]() {
      await end("SIGKILL");
    },
  };
}
