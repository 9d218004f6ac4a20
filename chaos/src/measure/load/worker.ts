import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** Commands by name: what each takes and gives. */
export type Commands = Readonly<Record<string, (input: never) => unknown>>;

interface Request {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

type Answer = { readonly id: number } & ({ readonly value: unknown } | { readonly error: string });

/** A process of its own that does what it is told. */
export interface Worker<C extends Commands> extends AsyncDisposable {
  readonly pid: number | undefined;
  /** @throws Error with what went wrong there, or that it ended */
  ask<K extends keyof C & string>(name: K, input: Parameters<C[K]>[0]): Promise<Awaited<ReturnType<C[K]>>>;
}

/** Starts a file that calls {@link serve}. @param options.through a command that runs another: `["ip", "netns", "exec", "name"]` */
export function startWorker<C extends Commands>(file: URL, options: { through?: readonly string[] } = {}): Worker<C> {
  const [execPath = process.execPath, ...execArgv] = [...(options.through ?? []), process.execPath];
  const child: ChildProcess = fork(fileURLToPath(file), {
    execPath,
    execArgv,
    serialization: "advanced",
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const killWithUs = (): void => void child.kill("SIGKILL");
  process.on("exit", killWithUs);
  let lastId = 0;
  child.on("message", (answer: Answer) => {
    const waiter = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ("error" in answer) waiter?.reject(new Error(answer.error));
    else waiter?.resolve(answer.value);
  });
  const gone = once(child, "exit").then(() => {
    for (const waiter of waiting.values()) waiter.reject(new Error("the load process ended"));
  });
  return {
    pid: child.pid,
    ask(name, input) {
      const waiter = Promise.withResolvers<unknown>();
      waiting.set(++lastId, waiter);
      child.send({ id: lastId, name, input } satisfies Request);
      return waiter.promise as never;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await gone;
      process.removeListener("exit", killWithUs);
    },
  };
}

/** Makes this process one that answers commands, until its parent is gone. */
export function serve<C extends Commands>(commands: C): void {
  process.on("disconnect", () => process.exit());
  process.on("message", ({ id, name, input }: Request) => {
    void (async () => {
      let answer: Answer;
      try {
        answer = { id, value: await commands[name]?.(input as never) };
      } catch (error) {
        answer = { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
      }
      process.send?.(answer);
    })();
  });
}
