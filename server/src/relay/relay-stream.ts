import { ChatError } from "../errors.ts";
import type { Frame } from "../hub/frame.ts";
import type { Listener } from "../hub/hub.ts";
import type { FrameStream } from "../wire/wire.ts";
import type { createBurst, FrameCodec } from "./burst.ts";
import { STREAM_QUEUE_MAX_BYTES, STREAM_STALL_MS } from "./limits.ts";

/** One Subscribe stream: a bounded queue between the hub and a socket. */
export interface RelayStream extends Listener {
  readonly sessionId: string;
  /** Events at or below are dropped: the client has them. Moves with what is written. */
  cursor: number;
  /** When the stream is to end for the sake of balance, by the relay's clock. */
  readonly endsAt: number;
  /** Writes frames at once, outside the hub's turns: ready, reset, catch-up, heartbeats. */
  writeNow(frames: readonly Frame[]): void;
  /** Ends the stream if its reader has taken nothing for too long. */
  checkStall(now: number): void;
  end(error: unknown): void;
}

/** Wraps the sending side of a call. */
export function createRelayStream(options: {
  stream: FrameStream;
  codec: FrameCodec;
  handle: string;
  sessionId: string;
  cursor: number;
  endsAt: number;
  burst: ReturnType<typeof createBurst>;
}): RelayStream {
  const { stream, codec, burst } = options;
  const pending: Frame[] = [];
  let stalledSince: number | undefined;
  let written = 0;
  let lastTaken = 0;

  function write(frames: readonly Frame[]): void {
    if (stream.ended || frames.length === 0) return;
    const payload = burst.join(frames, codec);
    written += payload.bytes.length;
    const isShort = stream.write(payload);
    if (!isShort && stream.queuedBytes > STREAM_QUEUE_MAX_BYTES) {
      stream.end(
        new ChatError("resource_exhausted", "You read too slowly. Resume from your cursor.", {
          details: { retryAfterMs: 0 },
        }),
      );
    }
  }

  return {
    handle: options.handle,
    sessionId: options.sessionId,
    endsAt: options.endsAt,
    cursor: options.cursor,
    enqueue(frame) {
      if (frame.seq <= this.cursor) return;
      this.cursor = frame.seq;
      pending.push(frame);
    },
    flush() {
      write(pending);
      pending.length = 0;
    },
    writeNow: write,
    checkStall(now) {
      // By what was taken, not by what waits: over HTTP/2 what was written in this turn always still waits.
      const taken = written - stream.queuedBytes;
      if (taken === written || taken > lastTaken) stalledSince = undefined;
      else stalledSince ??= now;
      lastTaken = taken;
      if (stalledSince !== undefined && now - stalledSince >= STREAM_STALL_MS) {
        stream.end(new ChatError("resource_exhausted", "You stopped reading. Resume from your cursor."));
      }
    },
    end: (error) => stream.end(error),
  };
}
