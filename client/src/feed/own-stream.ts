import type { SubscribeResponse } from "@chat/proto/chat/v1/chat_service";
import type { Transport } from "@connectrpc/connect";
import { atom } from "nanostores";
import { backoffMs } from "../backoff.ts";
import { toClientError } from "../client-error.ts";
import type { Environment } from "../environment.ts";
import type { Session } from "../session/session.ts";
import type { ConnectionState } from "../types.ts";
import type { ConnectionEvent, ConnectionEvents } from "./connection-events.ts";
import { openFeedStream, type FeedStream } from "./feed-stream.ts";
import type { FrameSource, FrameTarget } from "./frame-source.ts";

const RETRY = { baseMs: 500, capMs: 30_000 } as const;
/** After a stream that lived so long the next failure counts as the first. */
const STABLE_MS = 10_000;
/** After the network changed, a stream that was silent for this long is not trusted. */
const ONLINE_TRUST_MS = 1_000;

/** What opening a stream takes. */
export interface StreamOptions {
  /** Signs nothing: the stream brings the token itself, to know which one was refused. */
  readonly transport: Transport;
  readonly session: Session;
  readonly environment: Environment;
  readonly connectionEvents?: ConnectionEvents | undefined;
}

/** A source that keeps one stream going. Waits between tries grow with full jitter; the first try after a good stream comes at once. */
export function createOwnStream(options: StreamOptions, target: FrameTarget): FrameSource {
  const { session, environment } = options;
  const { now, random, timers } = environment;
  const $connection = atom<ConnectionState>({ state: "stopped" });
  let run: AbortController | undefined;
  let stream: FeedStream | undefined;
  let endWait: (() => void) | undefined;
  let stopListening: (() => void) | undefined;
  let attempt = 0;

  function start(): void {
    if (run !== undefined) return;
    run = new AbortController();
    attempt = 0;
    stopListening = options.connectionEvents?.listen(onConnectionEvent);
    void keepStreaming(run.signal);
  }

  function stop(): void {
    run?.abort();
    run = undefined;
    stopListening?.();
    stream?.abort();
    endWait?.();
    $connection.set({ state: "stopped" });
  }

  function retryNow(): void {
    attempt = 0;
    endWait?.();
  }

  function onConnectionEvent(event: ConnectionEvent): void {
    if (stream === undefined) return event === "offline" ? undefined : retryNow();
    // An attempt that has no answer yet may hang in the network that was there before.
    const trustMs = event === "online" ? ONLINE_TRUST_MS : (stream.heartbeatMs ?? ONLINE_TRUST_MS);
    if (event !== "offline" && stream.silenceMs() <= trustMs) return;
    attempt = 0;
    stream.abort();
  }

  async function keepStreaming(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      $connection.set({ state: "connecting", attempt: attempt + 1 });
      let failure: unknown;
      let readyAt: number | undefined;
      try {
        await streamOnce(stopped, () => (readyAt = now()));
      } catch (error) {
        failure = error;
      }
      if (stopped.aborted) return;
      const error = failure === undefined ? undefined : toClientError(failure);
      // Nobody is signed in any more; the next sign-in starts another run.
      if (session.$state.get().state !== "signed-in") return stop();
      if (readyAt !== undefined && now() - readyAt >= STABLE_MS) attempt = 0;
      const atOnce = attempt === 0 && readyAt !== undefined && error?.retryAfterMs === undefined;
      const delayMs = atOnce ? 0 : Math.max(backoffMs(attempt, { ...RETRY, random }), error?.retryAfterMs ?? 0);
      attempt += 1;
      if (delayMs > 0) await wait(delayMs, error?.message ?? "The connection was closed.");
    }
  }

  async function streamOnce(stopped: AbortSignal, onReady: () => void): Promise<void> {
    const token = await session.tokens.current();
    if (stopped.aborted) return;
    const cursor = target.cursor();
    const frame = (frame: SubscribeResponse): void => {
      if (frame.payload.case === "ready") {
        onReady();
        // Before the listeners of the state load anything.
        if (cursor === "") target.fresh(frame.cursor);
        $connection.set({ state: cursor === "" ? "live" : "catching-up" });
        return;
      }
      target.frame(frame);
      const isCaughtUp = frame.payload.case === "heartbeat";
      if (isCaughtUp && $connection.get().state !== "live") $connection.set({ state: "live" });
    };
    const opened = openFeedStream({ transport: options.transport, token, cursor, environment, frame });
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

  return { $connection, start, stop, retryNow };
}
