import type { Environment } from "../environment.ts";
import type { ClientStorage } from "../storage/storage.ts";

/** Sends what is due, one client of the storage at a time. Queues don't wait for each other. */
export interface Sender {
  /** Something may be due: begins a round, or goes on with the one under way. */
  kick(): void;
  /** Breaks off; the next `kick` begins again. */
  stop(): void;
}

/** What a sender asks of the outbox. */
export interface SenderOptions {
  readonly storage: ClientStorage;
  readonly environment: Environment;
  /** The queues that have something to send, with the time from when they may (ms since 1970). */
  due(): ReadonlyMap<string, number>;
  /** Sends the first item of a queue. Gives whether the queue may go on at once. */
  sendNext(queue: string, stopped: AbortSignal): Promise<boolean>;
  /** Takes in what other clients of the storage have done, before a round. */
  refresh(): void;
  /** A round broke on the storage. */
  broke(error: unknown): void;
}

type Round =
  | { readonly state: "idle" }
  /** Waits for the storage's lock. */
  | { readonly state: "waiting"; readonly abort: AbortController }
  | { readonly state: "sending"; readonly abort: AbortController; proceed(): void };

/** See {@link Sender}. A round lasts while something can be sent; the lock is free while all queues rest. */
export function createSender(options: SenderOptions): Sender {
  const { storage, environment } = options;
  const { now, timers } = environment;
  let round: Round = { state: "idle" };
  let timer: unknown;

  /** Kicks when the first queue that rests may be tried again. */
  function wakeLater(): void {
    timers.clearTimeout(timer);
    const later = [...options.due().values()].filter((from) => from > now());
    if (later.length > 0) timer = timers.setTimeout(kick, Math.min(...later) - now());
  }

  async function sendQueue(queue: string, stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted && (options.due().get(queue) ?? Infinity) <= now()) {
      if (!(await options.sendNext(queue, stopped))) return;
    }
  }

  /** Lasts until no queue has anything to send for now; what is added meanwhile is taken along. */
  async function sendRound(abort: AbortController): Promise<void> {
    await storage.sync();
    const stopped = abort.signal;
    if (stopped.aborted) return;
    options.refresh();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sending = new Set<string>();
    const proceed = (): void => {
      for (const [queue, from] of options.due()) {
        if (from > now() || sending.has(queue) || stopped.aborted) continue;
        sending.add(queue);
        sendQueue(queue, stopped)
          .finally(() => sending.delete(queue))
          .then(proceed, reject);
      }
      if (sending.size > 0) return stopped.aborted ? undefined : wakeLater();
      // The lock goes with the round: what is added from here on begins another one.
      if (round.state === "sending" && round.abort === abort) round = { state: "idle" };
      resolve();
    };
    round = { state: "sending", abort, proceed };
    proceed();
    return promise;
  }

  function kick(): void {
    if (round.state === "sending") return round.proceed();
    if (round.state === "waiting") return;
    if (![...options.due().values()].some((from) => from <= now())) return wakeLater();
    timers.clearTimeout(timer);
    const abort = new AbortController();
    round = { state: "waiting", abort };
    void storage
      .lock("outbox", () => sendRound(abort), { signal: abort.signal })
      .catch((error: unknown) => {
        if (!abort.signal.aborted) options.broke(error);
      })
      .then(() => {
        if (abort.signal.aborted) return;
        if (round.state !== "idle" && round.abort === abort) round = { state: "idle" };
        kick();
      });
  }

  return {
    kick,
    stop() {
      if (round.state !== "idle") round.abort.abort();
      round = { state: "idle" };
      timers.clearTimeout(timer);
    },
  };
}
