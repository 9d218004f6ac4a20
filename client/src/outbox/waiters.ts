import type { ClientError } from "../client-error.ts";
import type { Environment } from "../environment.ts";
import type { OutboxResult } from "../types.ts";

/** How often is looked whether another client of the storage has done what somebody waits for, in ms. */
const LOOK_INTERVAL_MS = 500;

/** Those who wait for actions to be stored, by client_id. */
export interface Waiters {
  has(clientId: string): boolean;
  wait(clientId: string): Promise<OutboxResult>;
  resolve(clientId: string, result: OutboxResult): void;
  reject(clientId: string, error: ClientError): void;
  rejectAll(error: ClientError): void;
}

/** @param look runs now and then while somebody waits, with the ids that are waited for; it may resolve or reject them. Never rejects */
export function createWaiters({ timers }: Environment, look: (clientIds: readonly string[]) => Promise<void>): Waiters {
  const waiting = new Map<string, PromiseWithResolvers<OutboxResult>>();
  let timer: unknown;

  function lookLater(): void {
    timer ??= timers.setTimeout(() => {
      void look([...waiting.keys()]).finally(() => {
        timer = undefined;
        if (waiting.size > 0) lookLater();
      });
    }, LOOK_INTERVAL_MS);
  }

  function take(clientId: string): PromiseWithResolvers<OutboxResult> | undefined {
    const waiter = waiting.get(clientId);
    waiting.delete(clientId);
    if (waiting.size > 0 || timer === undefined) return waiter;
    timers.clearTimeout(timer);
    timer = undefined;
    return waiter;
  }

  const reject = (clientId: string, error: ClientError): void => take(clientId)?.reject(error);
  return {
    has: (clientId) => waiting.has(clientId),
    wait(clientId) {
      let waiter = waiting.get(clientId);
      if (!waiter) waiting.set(clientId, (waiter = Promise.withResolvers()));
      lookLater();
      return waiter.promise;
    },
    resolve: (clientId, result) => take(clientId)?.resolve(result),
    reject,
    rejectAll(error) {
      for (const clientId of [...waiting.keys()]) reject(clientId, error);
    },
  };
}
