import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";

/** A projection of a million messages may have to be built first, on a machine with other things to do. */
const READY_TIMEOUT_MS = 300_000;
const STOP_TIMEOUT_MS = 15_000;

/** A process of a run. It ends with this one at the latest. */
export interface Child extends AsyncDisposable {
  readonly pid: number;
  /** What it printed so far, errors included. */
  readonly output: () => string;
  /** Resolves with what the pattern matched first in the output. @throws Error with the output when it ends before, or takes too long */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** SIGTERM, then SIGKILL. */
  stop(): Promise<void>;
}

/** Starts a Node.js process with this process's own binary. */
export function startNode(options: {
  file: string;
  args?: readonly string[];
  /** Flags of Node.js itself. */
  execArgs?: readonly string[];
  env?: NodeJS.ProcessEnv;
  /** Directories that go away with it. */
  scratch?: readonly string[];
}): Child {
  const child: ChildProcess = spawn(
    process.execPath,
    [...(options.execArgs ?? []), options.file, ...(options.args ?? [])],
    {
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  if (child.pid === undefined) throw new Error(`${options.file} could not be started`);
  let output = "";
  const listeners = new Set<() => void>();
  const take = (chunk: Buffer): void => {
    output += chunk.toString();
    for (const listener of listeners) listener();
  };
  child.stdout?.on("data", take);
  child.stderr?.on("data", take);
  const exit = once(child, "exit");
  let isOver = false;
  void exit.then(() => {
    isOver = true;
    for (const listener of listeners) listener();
  });
  const killWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", killWithUs);

  async function stop(): Promise<void> {
    if (!isOver) {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
      await exit;
      clearTimeout(timer);
    }
    process.removeListener("exit", killWithUs);
    for (const directory of options.scratch ?? []) await rm(directory, { recursive: true, force: true });
  }

  return {
    pid: child.pid,
    output: () => output,
    printed(pattern) {
      return new Promise((resolve, reject) => {
        const done = (act: () => void): void => {
          listeners.delete(look);
          clearTimeout(timer);
          act();
        };
        const look = (): void => {
          const match = pattern.exec(output);
          if (match) done(() => resolve(match));
          else if (isOver) done(() => reject(new Error(`${options.file} ended:\n${output.slice(-4_000)}`)));
        };
        const timer = setTimeout(
          () => done(() => reject(new Error(`${options.file} is not ready:\n${output.slice(-4_000)}`))),
          READY_TIMEOUT_MS,
        );
        listeners.add(look);
        look();
      });
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
