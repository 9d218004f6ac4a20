import { v4, v7 } from "uuid";
import type { Environment, Timers } from "../../../server/src/environment.ts";
import type { Chance } from "./chance.ts";
import type { Task, World } from "./world.ts";

/** One process of a world: its clock, its chance, and timers that die with it. */
export interface Machine {
  readonly name: string;
  readonly isAlive: boolean;
  readonly chance: Chance;
  /** What a server takes. */
  readonly environment: Environment;
  /** UUIDs that grow with time, as clients make them. */
  readonly clientIds: () => string;
  /** Runs something later, unless the process is dead by then. */
  at(delayMs: number, run: () => void): Task;
  /** Resolves when it is dead. */
  readonly died: Promise<void>;
  /** It stops in the middle of what it does: nothing of it runs any more. */
  kill(): void;
}

/** Starts a process. @param skewMs by how much its clock is wrong */
export function startMachine(world: World, name: string, skewMs = 0): Machine {
  const chance = world.chance(name);
  const startedAt = world.now;
  const death = Promise.withResolvers<void>();
  let isAlive = true;
  let ids = 0;
  const now = (): number => Math.floor(world.now + skewMs);

  function at(delayMs: number, run: () => void): Task {
    return world.at(delayMs, () => {
      if (isAlive) run();
    });
  }

  function again(handle: { task: Task }, run: () => void, everyMs: number): Task {
    return at(everyMs, () => {
      handle.task = again(handle, run, everyMs);
      run();
    });
  }

  const cancel = (timer: unknown): void => {
    if (timer !== undefined) (timer as Task).cancelled = true;
  };
  const timers: Timers = {
    setTimeout: (run, delayMs) => at(Math.max(1, delayMs), run),
    clearTimeout: cancel,
    setInterval(run, everyMs) {
      const handle = {} as { task: Task };
      handle.task = again(handle, run, everyMs);
      return handle;
    },
    clearInterval: (timer) => cancel((timer as { task: Task } | undefined)?.task),
    setImmediate: (run) => at(0, run),
    clearImmediate: cancel,
  };

  return {
    name,
    get isAlive() {
      return isAlive;
    },
    chance,
    environment: {
      now,
      monotonic: () => world.now - startedAt,
      random: () => chance.unit(),
      ids: () => v4({ random: chance.bytes(16) }),
      randomBytes: (count) => chance.bytes(count),
      timers,
    },
    clientIds: () => v7({ msecs: now(), seq: ids++, random: chance.bytes(16) }),
    at,
    died: death.promise,
    kill() {
      isAlive = false;
      death.resolve();
    },
  };
}
