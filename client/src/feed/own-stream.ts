import type { SubscribeResponse } from "@chat/proto/chat/v1/chat_service";
import { atom } from "nanostores";
import { backoffMs } from "../backoff.ts";
import { toClientError } from "../client-error.ts";
import type { ConnectionState } from "../types.ts";
import type { ConnectionEvent } from "./connection-events.ts";
import type { FeedStream } from "./feed-stream.ts";
import type { FrameSource, FrameTarget } from "./frame-source.ts";
import { createPause } from "./pause.ts";
import { STREAM_RETRY, streamSigned, type StreamOptions } from "./signed-stream.ts";

/** After a stream that lived so long the next failure counts as the first. */
const STABLE_MS = 10_000;
/** After the network changed, a stream that was silent for this long is not trusted. */
const ONLINE_TRUST_MS = 1_000;

/** A source that keeps one stream going. Waits between tries grow with full jitter; the first try after a good stream comes at once. */
export function createOwnStream(options: StreamOptions, target: FrameTarget): FrameSource {
  const { session, environment } = options;
  const { now, random, timers } = environment;
  const $connection = atom<ConnectionState>({ state: "stopped" });
  let run: AbortController | undefined;
  let stream: FeedStream | undefined;
  let stopListening: (() => void) | undefined;
  let attempt = 0;
  const pause = createPause(timers);

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
    pause.end();
    $connection.set({ state: "stopped" });
  }

  function retryNow(): void {
    attempt = 0;
    pause.end();
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
      const delayMs = atOnce ? 0 : Math.max(backoffMs(attempt, { ...STREAM_RETRY, random }), error?.retryAfterMs ?? 0);
      attempt += 1;
      if (delayMs > 0) await wait(delayMs, error?.message ?? "The connection was closed.");
    }
  }

  async function streamOnce(stopped: AbortSignal, onReady: () => void): Promise<void> {
    let opened: FeedStream | undefined;
    let cursor = "";
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
    try {
      await streamSigned(options, {
        stopped,
        cursor: () => (cursor = target.cursor()),
        opened: (one) => (stream = opened = one),
        frame,
      });
    } finally {
      if (stream === opened) stream = undefined;
    }
  }

  async function wait(delayMs: number, reason: string): Promise<void> {
    $connection.set({ state: "waiting", attempt, retryAt: now() + delayMs, reason });
    await pause.wait(delayMs);
  }

  return { $connection, start, stop, retryNow };
}
