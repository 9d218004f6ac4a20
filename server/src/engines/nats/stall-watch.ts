import type { JetStreamManager } from "@nats-io/jetstream";
import { SILENCE_CHECK_MS, STALL_LOOK_MS, STALL_REPEAT_MS } from "./timing.ts";

/** The largest sequence a stream is known to have: whoever learns of one tells it. */
export interface KnownEnd {
  readonly sequence: number;
  raise(sequence: number): void;
}

/** Nothing is known at first. */
export function createKnownEnd(): KnownEnd {
  let known = 0;
  return {
    get sequence() {
      return known;
    },
    raise(sequence) {
      known = Math.max(known, sequence);
    },
  };
}

/**
 * Notices a consumer that went silent though there is something to read: its NATS server may be gone, with the consumer, which the client would find out
 * after several heartbeats and the API's timeouts. Asks the stream itself when nothing came for a while. Returns what stops it.
 *
 * @param onStall may be called again, for the same place only after a while: what stands at the end may have been erased
 */
export function watchForStalls(options: {
  jsm: JetStreamManager;
  stream: string;
  end: KnownEnd;
  position: () => number;
  onStall: () => void;
}): () => void {
  const { jsm, stream, end, position, onStall } = options;
  let seen = position();
  let seenAt = performance.now();
  let askedAt = seenAt;
  let stalledAt = -Infinity;
  const timer = setInterval(() => {
    const now = performance.now();
    if (position() !== seen) {
      seen = position();
      seenAt = askedAt = now;
      stalledAt = -Infinity;
      return;
    }
    // Twice the same look: what has arrived while the event loop was busy is taken in between.
    if (end.sequence > seen && now - seenAt >= 2 * STALL_LOOK_MS && now - stalledAt >= STALL_REPEAT_MS) {
      stalledAt = now;
      onStall();
    } else if (now - askedAt >= SILENCE_CHECK_MS) {
      askedAt = now;
      jsm.streams.info(stream).then(
        ({ state }) => end.raise(state.last_seq),
        () => {}, // not reachable, or without a leader: asked again in a moment
      );
    }
  }, STALL_LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
