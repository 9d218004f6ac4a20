import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { AggregatorRegistry } from "prom-client";
import { type FromWorker, type ToWorker, WORKER_ENV } from "./protocol.ts";

/** How the workers together came to an end. */
export interface WorkersResult {
  /** False where a worker could not start before any had been ready: what stops one stops all. */
  readonly ok: boolean;
}

/** How long a worker that died is left alone before another one takes its place; doubled up to the second figure while it keeps dying. */
const RESTART_MS = { first: 500, most: 30_000 } as const;

/** A worker that lived this long starts with the first wait again. */
const STABLE_MS = 60_000;

/**
 * Runs `count` server processes on one port (Node's cluster module hands each new connection to the next one), replaces those that die, and stops all when
 * the signal aborts. Resolves when no worker is left.
 */
export async function superviseWorkers(options: {
  count: number;
  args: readonly string[];
  logger: Logger;
  signal: AbortSignal;
  /** Called once, when all are ready. */
  onReady: (ports: Pick<FromWorker & { kind: "ready" }, "port" | "tlsPort">) => void;
}): Promise<WorkersResult> {
  const { count, logger, signal } = options;
  const metrics = new AggregatorRegistry();
  const ready = new Set<number>();
  let wasReady = false;
  let failed = false;
  const giveUp = new AbortController();
  const stop = AbortSignal.any([signal, giveUp.signal]);
  cluster.setupPrimary({ exec: join(import.meta.dirname, "../main.ts"), args: [...options.args] });

  function answer(worker: Worker, number: number, message: FromWorker): void {
    switch (message.kind) {
      case "ready":
        ready.add(number);
        if (ready.size === count && !wasReady) {
          wasReady = true;
          options.onReady(message);
        }
        return;
      case "metrics":
        void metrics.clusterMetrics().then(
          (text) => send(worker, { kind: "metrics", id: message.id, text }),
          (error: unknown) => logger.warn({ err: error }, "a worker did not tell its metrics"),
        );
    }
  }

  /** One life of one worker. @returns its exit code, undefined where a signal ended it */
  async function live(number: number): Promise<number | undefined> {
    const worker = cluster.fork({ [WORKER_ENV]: String(number) });
    // prom-client's own messages pass here too; they have no kind.
    worker.on("message", (message: FromWorker) => answer(worker, number, message));
    const stopIt = (): void => send(worker, { kind: "stop" });
    stop.addEventListener("abort", stopIt);
    try {
      const [code] = (await once(worker, "exit")) as [number | null];
      return code ?? undefined;
    } finally {
      stop.removeEventListener("abort", stopIt);
      ready.delete(number);
    }
  }

  async function keep(number: number): Promise<void> {
    let wait: number = RESTART_MS.first;
    while (!stop.aborted) {
      const since = performance.now();
      const code = await live(number);
      if (stop.aborted) return;
      if (!wasReady) {
        // What stops one before any was ready stops all: it has said why.
        failed = true;
        return giveUp.abort();
      }
      logger.error({ worker: number, code }, "a worker ended unexpectedly; another one takes its place");
      if (performance.now() - since >= STABLE_MS) wait = RESTART_MS.first;
      await delay(wait, undefined, { signal: stop }).catch(() => {}); // aborted: the loop ends
      wait = Math.min(wait * 2, RESTART_MS.most);
    }
  }

  await Promise.all(Array.from({ length: count }, (_, index) => keep(index + 1)));
  return { ok: !failed };
}

function send(worker: Worker, message: ToWorker): void {
  worker.send(message, () => {}); // one that is gone is noticed by its end
}
