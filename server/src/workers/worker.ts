import cluster from "node:cluster";
import { type FromWorker, type ToWorker, WORKER_ENV } from "./protocol.ts";

/** What a process that is one of several workers may ask of its supervisor. */
export interface WorkerLink {
  /** From 1. */
  readonly number: number;
  /** Tells that this worker can be sent work. */
  ready(ports: { port: number; tlsPort: number | undefined }): void;
  /** The figures of all workers together, in Prometheus' format. Rejects when the supervisor does not answer. */
  metrics(): Promise<string>;
  /** Calls back once when this worker is to stop, at once where it has been told already. */
  onStop(listener: () => void): void;
}

/** How long the supervisor may take to gather the figures: prom-client gives a silent worker up after 5 s. */
const METRICS_MS = 6_000;

/** The link to the supervisor; undefined in a process that runs alone. */
export function workerLink(env: NodeJS.ProcessEnv): WorkerLink | undefined {
  const number = Number(env[WORKER_ENV]);
  if (!cluster.isWorker || !number) return undefined;
  const waiting = new Map<number, (text: string) => void>();
  let id = 0;
  const stop = Promise.withResolvers<void>();
  process.on("message", (message: ToWorker) => {
    if (message.kind === "stop") stop.resolve();
    else if (message.kind === "metrics") waiting.get(message.id)?.(message.text);
  });
  const send = (message: FromWorker): void => void process.send?.(message);
  return {
    number,
    ready: (ports) => send({ kind: "ready", ...ports }),
    metrics() {
      const asked = ++id;
      return new Promise<string>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error("the supervisor does not answer")), METRICS_MS);
        waiting.set(asked, resolve);
        send({ kind: "metrics", id: asked });
        timer.unref();
      }).finally(() => waiting.delete(asked));
    },
    onStop: (listener) => void stop.promise.then(listener),
  };
}
