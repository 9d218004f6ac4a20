import type { CallOptions } from "@connectrpc/connect";
import { backoffMs } from "./backoff.ts";
import { ClientError, toClientError } from "./client-error.ts";
import type { Environment } from "./environment.ts";

/** How long a call that answers from what the server has may take, in ms. */
const CALL_TIMEOUT_MS = 15_000;
/** Somebody waits for the answer: a few tries, then they are told. */
const TRIES = 3;
const RETRY = { baseMs: 300, capMs: 2_000 } as const;

/** The options of a unary call. */
export function callOptions(options: { signal?: AbortSignal | undefined; timeoutMs?: number } = {}): CallOptions {
  const { signal, timeoutMs = CALL_TIMEOUT_MS } = options;
  return { timeoutMs, ...(signal && { signal }) };
}

/** The answer of a call, its failure as a ClientError. */
export async function answer<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw toClientError(error);
  }
}

/** Makes a call again whose answer was lost, a few times. The call must carry the same client_id each time. */
export async function persist<T>(call: () => Promise<T>, { random, timers }: Environment): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await answer(call());
    } catch (error) {
      const mayPass = error instanceof ClientError && error.code === "unavailable";
      if (!mayPass || attempt + 1 >= TRIES) throw error;
      const waitMs = Math.max(backoffMs(attempt, { ...RETRY, random }), error.retryAfterMs ?? 0);
      await new Promise<void>((resolve) => timers.setTimeout(resolve, waitMs));
    }
  }
}
