import { createHash } from "node:crypto";
import TinyQueue from "tinyqueue";
import { type Chance, createChance } from "./chance.ts";

/** 2026-01-01T00:00:00Z: every world begins then. */
const BEGINNING_MS = Date.UTC(2026, 0, 1);

/** Something that will happen. */
export interface Task {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

/**
 * One world: a clock that jumps from task to task, chance by a seed, and a trace of what happened. Nothing in it waits for the machine: two worlds of one seed and
 * one release of the code are the same, step by step.
 */
export interface World {
  readonly seed: number;
  /** ms since 1970, with fractions. */
  readonly now: number;
  /** ms since the world began. */
  readonly age: number;
  /** Tasks that ran. */
  readonly steps: number;
  chance(name: string): Chance;
  /** Runs something later. Of two tasks at one time the one that was asked for first comes first. */
  at(delayMs: number, run: () => void): Task;
  /** Runs something at a time, or now where that is past. */
  on(time: number, run: () => void): Task;
  /** Resolves later. */
  pause(delayMs: number): Promise<void>;
  /** Writes a line of the trace: part of the hash, and of the story. */
  note(text: string): void;
  /** Notes that something was reached that a run has to reach sometimes. */
  reached(what: string): void;
  readonly reachedSoFar: ReadonlyMap<string, number>;
  /** Of every line so far, in hexadecimal. */
  readonly traceHash: string;
  /** Nothing goes wrong by itself any more. */
  calm(): void;
  readonly isCalm: boolean;
  /** Runs tasks until it is done, or until so much time is over. Gives whether it is done. */
  run(isDone: () => boolean, maxMs: number): Promise<boolean>;
}

/** A world in which nothing has happened yet. @param options.onLine told each line of the trace */
export function createWorld(seed: number, options: { onLine?: ((line: string) => void) | undefined } = {}): World {
  const tasks = new TinyQueue<Task>([], (one, other) => one.at - other.at || one.order - other.order);
  const trace = createHash("sha256");
  const reached = new Map<string, number>();
  let now = BEGINNING_MS;
  let isCalm = false;
  let order = 0;
  let steps = 0;

  const world: World = {
    seed,
    get now() {
      return now;
    },
    get age() {
      return now - BEGINNING_MS;
    },
    get steps() {
      return steps;
    },
    chance: (name) => createChance(seed, name),
    at: (delayMs, run) => world.on(now + delayMs, run),
    on(time, run) {
      const task: Task = { at: Math.max(now, time), order: order++, run, cancelled: false };
      tasks.push(task);
      return task;
    },
    pause: (delayMs) => new Promise((resolve) => world.at(delayMs, resolve)),
    note(text) {
      const line = `${(now - BEGINNING_MS).toFixed(3).padStart(11)} ${text}`;
      trace.update(line).update("\n");
      options.onLine?.(line);
    },
    reached(what) {
      reached.set(what, (reached.get(what) ?? 0) + 1);
    },
    calm() {
      isCalm = true;
      world.note("nothing goes wrong any more");
    },
    get isCalm() {
      return isCalm;
    },
    reachedSoFar: reached,
    get traceHash() {
      return trace.copy().digest("hex");
    },
    async run(isDone, maxMs) {
      const end = now + maxMs;
      await turnOver();
      while (!isDone()) {
        const task = tasks.peek();
        if (!task || task.at > end) {
          now = end;
          return false;
        }
        tasks.pop();
        if (task.cancelled) continue;
        now = Math.max(now, task.at);
        steps++;
        task.run();
        await turnOver();
      }
      return true;
    },
  };
  return world;
}

/** Lets everything run that a task has set off: promises and ticks all come before the platform's own next turn. */
function turnOver(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
