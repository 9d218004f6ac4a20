import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { ROOT, toolEnvironment } from "./paths.ts";

/** A process that runs until it is stopped. */
export interface Service {
  /** Stands before each line of its output. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** How a group of services ended. */
export interface ServicesResult {
  /** Those that ended though nobody stopped them. */
  readonly died: readonly string[];
}

/** Longer than a server's own deadline for shutting down (SHUTDOWN_MS, 10 s). */
const STOP_TIMEOUT_MS = 15_000;

/**
 * Runs services side by side with their output prefixed, until `signal` aborts; then stops them one after another, the last one
 * first, so that what the others stand on goes last. One that ends by itself is told and the rest carry on; when none is left, it is over.
 *
 * Each has a process group of its own: Ctrl-C reaches this process alone, which asks each service once. Otherwise the terminal would signal all
 * of them at the same time, and a server that is asked a second time leaves without tidying up.
 */
export async function runServices(
  services: readonly Service[],
  { output, signal }: { output: Writable; signal: AbortSignal },
): Promise<ServicesResult> {
  const width = Math.max(...services.map(({ name }) => name.length));
  const died: string[] = [];
  const running = services.map((service) => {
    const say = (line: string) => void output.write(`${service.name.padEnd(width)} | ${line}\n`);
    const child = spawn(service.command, service.args, {
      cwd: service.cwd ?? ROOT,
      env: { ...toolEnvironment(), ...service.env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const printed = [printLines(child.stdout, say), printLines(child.stderr, say)];
    const ended = endOf(child).then(async (how) => {
      await Promise.all(printed);
      if (signal.aborted) return say("stopped");
      died.push(service.name);
      say(`ended unexpectedly (${how}); the others carry on`);
    });
    return { child, ended };
  });

  const killAll = () => running.forEach(({ child }) => killGroup(child));
  process.once("exit", killAll);
  await Promise.race([Promise.all(running.map(({ ended }) => ended)), aborted(signal)]);
  for (const { child, ended } of running.toReversed()) {
    child.kill("SIGTERM");
    const timer = setTimeout(() => killGroup(child), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }
  process.removeListener("exit", killAll);
  return { died };
}

/** Aborts at the first Ctrl-C or SIGTERM; the second ends this process at once. */
export function stopSignal(say: (line: string) => void): AbortSignal {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(1);
    say("Stopping …");
    controller.abort();
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  return controller.signal;
}

/** The service and what it started. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return; // it never started
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It is gone already.
  }
}

async function endOf(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    return signal ?? `exit code ${code}`;
  } catch (cause) {
    return (cause as Error).message; // it never started
  }
}

async function printLines(stream: Readable, say: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream })) say(line);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}
