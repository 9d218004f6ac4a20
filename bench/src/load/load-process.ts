import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Commands } from "./commands.ts";

/** Longer than anything a load process is told to do. */
const COMMAND_TIMEOUT_MS = 5 * 60_000;

/** A process that presses on servers. */
export interface LoadProcess extends AsyncDisposable {
  readonly pid: number | undefined;
  /** Has it do something. @throws Error with what went wrong there */
  run<K extends keyof Commands>(name: K, args: Parameters<Commands[K]>[0]): Promise<Awaited<ReturnType<Commands[K]>>>;
}

/** Starts a load process. It ends with this one at the latest. */
export function startLoad(): LoadProcess {
  const child = fork(join(import.meta.dirname, "main.ts"), { serialization: "advanced" });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let nextId = 1;
  child.on("message", (message) => {
    const { id, result, error } = message as { id: number; result?: unknown; error?: string };
    const call = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) call?.resolve(result);
    else call?.reject(new Error(error));
  });
  const exit = once(child, "exit");
  void exit.then(() => {
    for (const call of waiting.values()) call.reject(new Error("the load process ended"));
  });

  return {
    pid: child.pid,
    run(name, args) {
      const call = Promise.withResolvers<unknown>();
      const id = nextId++;
      waiting.set(id, call);
      child.send({ id, name, args });
      const timer = setTimeout(() => call.reject(new Error(`the load's ${name} never ended`)), COMMAND_TIMEOUT_MS);
      return call.promise.finally(() => clearTimeout(timer)) as never;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) child.kill("SIGKILL");
      await exit;
    },
  };
}
