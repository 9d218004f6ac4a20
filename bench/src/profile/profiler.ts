import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Child } from "../process/child.ts";
import { type CpuProfile, topFunctions } from "./top-functions.ts";

/** µs between two looks at the stack. */
const SAMPLING_US = 200;

/** Takes CPU profiles of servers under load, through their inspector. */
export interface Profiler {
  /** What a server has to be started with. */
  readonly execArgs: readonly string[];
  /** Profiles the server while `work` goes on; writes `<name>.cpuprofile` and prints where the time went. */
  during<T>(child: Child, name: string, work: () => Promise<T>): Promise<T>;
}

/** @param options.directory where profiles go */
export function createProfiler(options: { directory: string; say: (line: string) => void }): Profiler {
  return {
    execArgs: ["--inspect=127.0.0.1:0"],
    async during(child, name, work) {
      const [, url] = await child.printed(/Debugger listening on (ws:\S+)/);
      using inspector = await openInspector(url ?? "");
      await inspector.call("Profiler.enable");
      await inspector.call("Profiler.setSamplingInterval", { interval: SAMPLING_US });
      await inspector.call("Profiler.start");
      const result = await work();
      const { profile } = (await inspector.call("Profiler.stop")) as { profile: CpuProfile };
      await mkdir(options.directory, { recursive: true });
      const file = join(options.directory, `${name.replaceAll(/[^a-z0-9]+/gi, "-")}.cpuprofile`);
      await writeFile(file, JSON.stringify(profile));
      options.say(`${file}\n${topFunctions(profile)}`);
      return result;
    },
  };
}

interface Inspector extends Disposable {
  call(method: string, params?: object): Promise<unknown>;
}

async function openInspector(url: string): Promise<Inspector> {
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve, { once: true });
    socket.addEventListener("error", () => reject(new Error(`no inspector at ${url}`)), { once: true });
  });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let nextId = 1;
  socket.addEventListener("message", ({ data }) => {
    const { id, result, error } = JSON.parse(String(data)) as { id?: number; result?: unknown; error?: object };
    const call = id === undefined ? undefined : waiting.get(id);
    if (error) call?.reject(new Error(JSON.stringify(error)));
    else call?.resolve(result);
  });
  return {
    call(method, params = {}) {
      const id = nextId++;
      const call = Promise.withResolvers<unknown>();
      waiting.set(id, call);
      socket.send(JSON.stringify({ id, method, params }));
      return call.promise;
    },
    [Symbol.dispose]: () => socket.close(),
  };
}
