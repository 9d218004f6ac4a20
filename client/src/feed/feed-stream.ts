import { ChatService, type SubscribeResponse } from "@chat/proto/chat/v1/chat_service";
import { createClient, type Transport } from "@connectrpc/connect";
import type { Environment } from "../environment.ts";

const READY_TIMEOUT_MS = 15_000;
/** What a heartbeat may be late before it counts as missed. */
const HEARTBEAT_GRACE_MS = 1_000;

/** One Subscribe stream while it lasts. */
export interface FeedStream {
  /** Resolves or rejects when the stream is over, for whatever reason. */
  readonly over: Promise<void>;
  /** ms since the last frame (or the beginning). */
  silenceMs(): number;
  /** How often the server said it would be heard; undefined until it is ready. */
  readonly heartbeatMs: number | undefined;
  abort(): void;
}

/** Opens a stream after the cursor. A stream that is silent for two heartbeats is aborted. */
export function openFeedStream(options: {
  transport: Transport;
  token: string;
  /** Empty: from now on. */
  cursor: string;
  environment: Environment;
  /** Every frame as it comes. */
  frame: (frame: SubscribeResponse) => void;
}): FeedStream {
  const { now, timers } = options.environment;
  const controller = new AbortController();
  let heardAt = now();
  let heartbeatMs: number | undefined;
  let watchdog: unknown;

  function allowedSilenceMs(): number {
    return heartbeatMs === undefined ? READY_TIMEOUT_MS : 2 * heartbeatMs + HEARTBEAT_GRACE_MS;
  }

  // One timer that looks at the clock, not one per frame: frames may be many.
  function watch(): void {
    timers.clearTimeout(watchdog);
    const left = heardAt + allowedSilenceMs() - now();
    if (left <= 0) return controller.abort();
    watchdog = timers.setTimeout(watch, left);
  }

  async function read(): Promise<void> {
    watch();
    try {
      const frames = createClient(ChatService, options.transport).subscribe(
        { cursor: options.cursor },
        { signal: controller.signal, headers: { authorization: `Bearer ${options.token}` } },
      );
      for await (const frame of frames) {
        if (controller.signal.aborted) return;
        heardAt = now();
        if (frame.payload.case === "ready") {
          heartbeatMs = frame.payload.value.heartbeatMs || READY_TIMEOUT_MS;
          watch();
        }
        options.frame(frame);
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
