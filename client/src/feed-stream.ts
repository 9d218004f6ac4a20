import { ChatService, type SubscribeResponse } from "@chat/proto/chat/v1/chat_service";
import type { Event } from "@chat/proto/chat/v1/event";
import { createClient, type Transport } from "@connectrpc/connect";
import type { Environment } from "./environment.ts";
import type { FeedCursor } from "./feed-cursor.ts";

const READY_TIMEOUT_MS = 15_000;
/** What a heartbeat may be late before it counts as missed. */
const HEARTBEAT_GRACE_MS = 1_000;

/** What one stream tells as it goes. */
export interface FeedStreamHandlers {
  /** The stream is open. `fresh`: it began without a cursor, so what happened before it is not on it. */
  ready(fresh: boolean): void;
  /** An event that was not there before; the cursor stands on it. */
  event(seq: number, event: Event): void;
  /** Everything up to now has been delivered. */
  caughtUp(): void;
  /** The cursor could not be honoured; it has been set anew. */
  reset(): void;
}

/** One Subscribe stream while it lasts. */
export interface FeedStream {
  /** Resolves or rejects when the stream is over, whatever the reason. */
  readonly over: Promise<void>;
  /** ms since the last frame (or the beginning). */
  silenceMs(): number;
  /** How often the server said it would be heard; undefined until it is ready. */
  readonly heartbeatMs: number | undefined;
  abort(): void;
}

/** Opens a stream after the cursor and moves the cursor with it. A stream that is silent for two heartbeats is aborted. */
export function openFeedStream(options: {
  transport: Transport;
  token: string;
  cursor: FeedCursor;
  environment: Environment;
  handlers: FeedStreamHandlers;
}): FeedStream {
  const { cursor, environment, handlers } = options;
  const { now, timers } = environment;
  const controller = new AbortController();
  let heardAt = now();
  let heartbeatMs: number | undefined;
  let watchdog: unknown;
  const after = cursor.get();

  function allowedSilenceMs(): number {
    return heartbeatMs === undefined ? READY_TIMEOUT_MS : 2 * heartbeatMs + HEARTBEAT_GRACE_MS;
  }

  // One timer that looks at the clock, not one per frame: frames may be many.
  function watch(): void {
    const left = heardAt + allowedSilenceMs() - now();
    if (left <= 0) return controller.abort();
    watchdog = timers.setTimeout(watch, left);
  }

  function take(frame: SubscribeResponse): void {
    const seq = Number(frame.seq);
    const { payload } = frame;
    switch (payload.case) {
      case "ready":
        heartbeatMs = payload.value.heartbeatMs > 0 ? payload.value.heartbeatMs : READY_TIMEOUT_MS;
        timers.clearTimeout(watchdog);
        watch();
        // Of a stream that goes on from a cursor it says what was asked for.
        if (after === undefined) cursor.set(frame.cursor, seq);
        return handlers.ready(after === undefined);
      case "event":
        if (seq <= cursor.seq) return;
        cursor.set(frame.cursor, seq);
        return handlers.event(seq, payload.value);
      case "heartbeat":
        if (seq > cursor.seq) cursor.set(frame.cursor, seq);
        return handlers.caughtUp();
      case "reset":
        cursor.set(frame.cursor, seq);
        return handlers.reset();
      case undefined:
        // A kind of frame that this release does not know.
        return;
    }
  }

  async function read(): Promise<void> {
    watch();
    try {
      const frames = createClient(ChatService, options.transport).subscribe(
        { cursor: after ?? "" },
        { signal: controller.signal, headers: { authorization: `Bearer ${options.token}` } },
      );
      for await (const frame of frames) {
        if (controller.signal.aborted) return;
        heardAt = now();
        take(frame);
      }
    } finally {
      timers.clearTimeout(watchdog);
      controller.abort();
    }
  }

  return {
    over: read(),
    silenceMs: () => now() - heardAt,
    get heartbeatMs() {
      return heartbeatMs;
    },
    abort: () => controller.abort(),
  };
}
