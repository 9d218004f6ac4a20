import type { Transport } from "@connectrpc/connect";
import { atom } from "nanostores";
import { backoffMs } from "./backoff.ts";
import { toClientError } from "./client-error.ts";
import type { ConnectionEvents } from "./connection-events.ts";
import type { Environment } from "./environment.ts";
import type { FeedCursor } from "./feed-cursor.ts";
import { openFeedStream, type FeedStream } from "./feed-stream.ts";
import { toChatEvent } from "./from-proto.ts";
import { createListeners } from "./listeners.ts";
import type { Session } from "./session.ts";
import type { ChatEvent, ConnectionState, Feed } from "./types.ts";

const RETRY_BASE_MS = 500;
const RETRY_CAP_MS = 30_000;
/** A stream that lived so long was a good one: the next failure begins counting anew. */
const STABLE_MS = 10_000;
/** After the network changed, a stream that was silent for this long is not trusted. */
const ONLINE_TRUST_MS = 1_000;

/** The feed as the rest of the SDK uses it. */
export interface FeedCore extends Feed {
  /**
   * What was read before this moment may lack what happened since it was read: the stream began without a cursor, or after a `reset`. Comes after
   * `onReset`.
   */
  onFresh(listener: () => void): () => void;
  /** Resolves when the stream is open (what is read from now on leaves no gap to the events), or at the latest after this time. */
  opened(timeoutMs: number): Promise<void>;
  /** Forgets the place in the log; the next start is for this person. */
  begin(handle: string): void;
  /** Stops for good. */
  close(): void;
}

/** See {@link Feed}. Waits between tries grow with full jitter; the first try after a good stream comes at once. */
export function createFeed(options: {
  /** Signs nothing: the feed brings the token itself, to know which one was refused. */
  transport: Transport;
  session: Session;
  cursor: FeedCursor;
  environment: Environment;
  connectionEvents?: ConnectionEvents | undefined;
}): FeedCore {
  const { session, cursor, environment } = options;
  const { now, random, timers, logger } = environment;
  const $connection = atom<ConnectionState>({ state: "stopped" });
  const threw = (error: unknown) => logger.warn("a feed listener threw", { error: String(error) });
  const events = createListeners<ChatEvent>(threw);
  const resets = createListeners<void>(threw);
  const fresh = createListeners<void>(threw);
  let run: AbortController | undefined;
  let stream: FeedStream | undefined;
  let endWait: (() => void) | undefined;
  let attempt = 0;

  const stopListening = options.connectionEvents?.listen((event) => {
    if (stream === undefined) return retryNow();
    // An attempt that has no answer yet may hang in the network that was there before.
    const trust = event === "online" || stream.heartbeatMs === undefined ? ONLINE_TRUST_MS : stream.heartbeatMs;
    if (stream.silenceMs() <= trust) return;
    attempt = 0;
    stream.abort();
  });

  function start(): void {
    if (run !== undefined) return;
    run = new AbortController();
    attempt = 0;
    void keepStreaming(run.signal);
  }

  function stop(): void {
    run?.abort();
    run = undefined;
    stream?.abort();
    endWait?.();
    cursor.flush();
    $connection.set({ state: "stopped" });
  }

  function retryNow(): void {
    attempt = 0;
    endWait?.();
  }

  async function keepStreaming(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      $connection.set({ state: "connecting", attempt: attempt + 1 });
      let readyAt: number | undefined;
      let failure: unknown;
      try {
        await streamOnce(stopped, () => (readyAt = now()));
      } catch (error) {
        failure = error;
      }
      if (stopped.aborted) return;
      const error = failure === undefined ? undefined : toClientError(failure);
      // Nobody is signed in any more; whoever signs in starts anew.
      if (session.$state.get().state !== "signed-in") return stop();
      if (readyAt !== undefined && now() - readyAt >= STABLE_MS) attempt = 0;
      const atOnce = attempt === 0 && readyAt !== undefined && error?.retryAfterMs === undefined;
      const delayMs = atOnce
        ? 0
        : Math.max(
            backoffMs(attempt, { baseMs: RETRY_BASE_MS, capMs: RETRY_CAP_MS, random }),
            error?.retryAfterMs ?? 0,
          );
      attempt += 1;
      if (delayMs > 0) await wait(delayMs, error?.message ?? "The connection was closed.");
    }
  }

  async function streamOnce(stopped: AbortSignal, onReady: () => void): Promise<void> {
    const token = await session.tokens.current();
    if (stopped.aborted) return;
    const opened = openFeedStream({
      transport: options.transport,
      token,
      cursor,
      environment,
      handlers: {
        ready(isFresh) {
          onReady();
          $connection.set({ state: isFresh ? "live" : "catching-up" });
          if (isFresh) fresh.emit();
        },
        event(seq, event) {
          const known = toChatEvent(seq, event);
          if (known !== undefined) events.emit(known);
        },
        caughtUp() {
          if ($connection.get().state !== "live") $connection.set({ state: "live" });
        },
        reset() {
          resets.emit();
          fresh.emit();
        },
      },
    });
    stream = opened;
    try {
      await opened.over;
    } catch (error) {
      if (!stopped.aborted && toClientError(error).code === "unauthenticated") await session.tokens.renew(token);
      throw error;
    } finally {
      if (stream === opened) stream = undefined;
    }
  }

  async function wait(delayMs: number, reason: string): Promise<void> {
    $connection.set({ state: "waiting", attempt, retryAt: now() + delayMs, reason });
    await new Promise<void>((resolve) => {
      const done = () => {
        timers.clearTimeout(timer);
        endWait = undefined;
        resolve();
      };
      const timer = timers.setTimeout(done, delayMs);
      endWait = done;
    });
  }

  function opened(timeoutMs: number): Promise<void> {
    const isOpen = () => ["live", "catching-up", "stopped"].includes($connection.get().state);
    if (isOpen()) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        timers.clearTimeout(timer);
        unbind();
        resolve();
      };
      const timer = timers.setTimeout(done, timeoutMs);
      const unbind = $connection.listen(() => isOpen() && done());
    });
  }

  return {
    $connection,
    onEvent: events.add,
    onReset: resets.add,
    onFresh: fresh.add,
    opened,
    start,
    stop,
    retryNow,
    begin(handle) {
      stop();
      cursor.load(handle);
    },
    close() {
      stop();
      stopListening?.();
      for (const set of [events, resets, fresh]) set.clear();
    },
  };
}
