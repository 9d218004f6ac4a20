import type { ClientError } from "./client-error.ts";
import type { ChatMessage } from "./types.ts";

/** Those who wait for messages to be delivered, by client_id. */
export interface Waiters {
  has(clientId: string): boolean;
  wait(clientId: string): Promise<ChatMessage>;
  resolve(clientId: string, message: ChatMessage): void;
  reject(clientId: string, error: ClientError): void;
  rejectAll(error: ClientError): void;
}

export function createWaiters(): Waiters {
  const waiting = new Map<string, PromiseWithResolvers<ChatMessage>>();
  const take = (clientId: string): PromiseWithResolvers<ChatMessage> | undefined => {
    const waiter = waiting.get(clientId);
    waiting.delete(clientId);
    return waiter;
  };
  const reject = (clientId: string, error: ClientError): void => take(clientId)?.reject(error);
  return {
    has: (clientId) => waiting.has(clientId),
    wait(clientId) {
      let waiter = waiting.get(clientId);
      if (!waiter) waiting.set(clientId, (waiter = Promise.withResolvers()));
      return waiter.promise;
    },
    resolve: (clientId, message) => take(clientId)?.resolve(message),
    reject,
    rejectAll(error) {
      for (const clientId of [...waiting.keys()]) reject(clientId, error);
    },
  };
}
