import { setImmediate } from "node:timers/promises";
import { ChatError } from "../errors.ts";
import { controlFrame, eventFrame, type Frame } from "../hub/frame.ts";
import type { Hub } from "../hub/hub.ts";
import type { Authenticator } from "../auth/auth.ts";
import type { CatchUp } from "../projection/catch-up.ts";
import type { Projection } from "../projection/projection.ts";
import type { StreamHandler } from "../wire/wire.ts";
import type { SubscribeRequestSchema } from "@chat/proto/chat/v1/chat_service";
import { createBurst } from "./burst.ts";
import { startOf } from "./cursor.ts";
import { CATCH_UP_PAGE_BYTES, CATCH_UP_PAGE_EVENTS, HEARTBEAT_MS, STREAM_MAX_AGE_MS } from "./limits.ts";
import { RelayStream } from "./relay-stream.ts";
import { createStreamPlaces, type StreamBounds } from "./stream-places.ts";

/** Serves Subscribe. */
export interface Relay {
  readonly subscribe: StreamHandler<typeof SubscribeRequestSchema>;
  /** Open streams. */
  readonly streams: number;
  /** Ends every stream with UNAVAILABLE and takes no more. What is queued is still delivered. */
  close(): void;
}

/** How many times per heartbeat the relay looks at its streams: each look serves its share of them. */
const TICKS_PER_HEARTBEAT = 20;

/** What a relay stands on. */
export interface RelayOptions {
  readonly epoch: string;
  readonly log: { head(): Promise<number> };
  readonly projection: Pick<Projection, "seq">;
  readonly catchUp: CatchUp;
  readonly hub: Hub;
  readonly authenticator: Authenticator;
  readonly bounds: StreamBounds;
  /** Whether the projection has caught up with the log; before that nobody is served. */
  readonly isReady: () => boolean;
  /** ms since 1970 */
  readonly now: () => number;
  /** 0 to 1 */
  readonly random: () => number;
}

/**
 * Relays the log to streams: `ready`, what came after the cursor, then live. Catch-up reads pages of the projection until a page
 * comes back empty, and joins the hub in that same turn of the event loop, in which nothing can be applied: no gap and no repeat.
 */
export function createRelay(options: RelayOptions): Relay {
  const { hub, projection, catchUp, epoch, now } = options;
  const burst = createBurst();
  const slots: Set<RelayStream>[] = Array.from({ length: TICKS_PER_HEARTBEAT }, () => new Set());
  const places = createStreamPlaces(options.bounds);
  const bySession = new Map<string, Set<RelayStream>>();
  let streams = 0;
  let tick = 0;
  let closed = false;

  const ready = controlFrameCache((seq) =>
    controlFrame(seq, { case: "ready", value: { epoch, heartbeatMs: HEARTBEAT_MS } }),
  );
  const heartbeat = controlFrameCache((seq) => controlFrame(seq, { case: "heartbeat", value: {} }));

  const timer = setInterval(() => {
    tick = (tick + 1) % TICKS_PER_HEARTBEAT;
    const time = now();
    for (const stream of slots[tick] ?? []) {
      if (time >= stream.endsAt) {
        stream.end(
          new ChatError("unavailable", "Streams end now and then. Resume from your cursor.", {
            details: { retryAfterMs: 0 },
          }),
        );
        continue;
      }
      stream.writeNow([heartbeat(projection.seq)]);
      stream.checkStall(time);
    }
  }, HEARTBEAT_MS / TICKS_PER_HEARTBEAT);
  timer.unref();

  const stopWatchingSessions = options.authenticator.onSessionEnded((sessionId) => {
    for (const stream of bySession.get(sessionId) ?? [])
      stream.end(new ChatError("unauthenticated", "You were signed out."));
  });

  function register(stream: RelayStream): () => void {
    let ofSession = bySession.get(stream.sessionId);
    if (!ofSession) bySession.set(stream.sessionId, (ofSession = new Set()));
    ofSession.add(stream);
    streams++;
    return () => {
      streams--;
      ofSession.delete(stream);
      if (ofSession.size === 0) bySession.delete(stream.sessionId);
      for (const slot of slots) slot.delete(stream);
      hub.remove(stream);
    };
  }

  function refuseWhenNotServing(): void {
    if (closed) throw new ChatError("unavailable", "The server is stopping.", { details: { retryAfterMs: 0 } });
    if (!options.isReady()) {
      throw new ChatError("unavailable", "The server is catching up.", { details: { retryAfterMs: 1_000 } });
    }
  }

  return {
    async subscribe(request, context, stream) {
      refuseWhenNotServing();
      const caller = await options.authenticator.authenticate(context.header("authorization"));
      // While its cursor is looked at it is a stream already; and its place is taken as long as any of its bytes wait.
      stream.onClosed(places.take(caller.handle, context.address));
      const start = await startOf(request, { epoch, applied: projection, log: options.log });
      if (stream.ended) return;
      const relayStream = new RelayStream({
        stream,
        codec: context.codec,
        handle: caller.handle,
        sessionId: caller.sessionId,
        cursor: start.kind === "resume" ? start.after : projection.seq,
        endsAt: now() + STREAM_MAX_AGE_MS * (1 - options.random() / 3),
        burst,
      });
      // The session may have ended, and the server begun to stop, while the answers above were awaited.
      refuseWhenNotServing();
      await options.authenticator.authenticate(context.header("authorization"));
      stream.onEnd(register(relayStream));

      const opening: Frame[] = [ready(projection.seq)];
      if (start.kind === "reset")
        opening.push(controlFrame(projection.seq, { case: "reset", value: { reason: start.reason } }));
      relayStream.writeNow(opening);
      while (!stream.ended) {
        const page = catchUp.page(caller.handle, relayStream.cursor, CATCH_UP_PAGE_EVENTS, CATCH_UP_PAGE_BYTES);
        const last = page.at(-1);
        if (!last) break;
        relayStream.cursor = last.seq;
        relayStream.writePage(page.map(({ seq, body }) => eventFrame(seq, body)));
        await stream.drained();
        // Others get their turn between two pages, however fast this reader is.
        await setImmediate();
      }
      if (stream.ended) return;
      relayStream.writeNow([heartbeat(projection.seq)]);
      hub.add(relayStream);
      slots[(tick + TICKS_PER_HEARTBEAT - 1) % TICKS_PER_HEARTBEAT]?.add(relayStream);
    },
    get streams() {
      return streams;
    },
    close() {
      closed = true;
      clearInterval(timer);
      stopWatchingSessions();
      for (const sessionStreams of bySession.values()) {
        for (const stream of sessionStreams) {
          stream.end(
            new ChatError("unavailable", "The server is stopping. Resume elsewhere.", { details: { retryAfterMs: 0 } }),
          );
        }
      }
    },
  };
}

/** The frame is the same for every stream that gets it at the same position. */
function controlFrameCache(make: (seq: number) => Frame): (seq: number) => Frame {
  let last: Frame | undefined;
  return (seq) => {
    if (last?.seq !== seq) last = make(seq);
    return last;
  };
}
