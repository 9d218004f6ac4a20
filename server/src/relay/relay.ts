import { setImmediate } from "node:timers/promises";
import { ChatError } from "../errors.ts";
import { controlFrame, eventFrame, type Frame } from "../hub/frame.ts";
import type { Hub } from "../hub/hub.ts";
import type { Authenticator } from "../auth/auth.ts";
import { CHAIN_START } from "../log/chain.ts";
import { type CursorCodec, recordOf } from "../log/cursor-codec.ts";
import type { CatchUp, StoredEvent } from "../projection/catch-up.ts";
import type { Projection } from "../projection/projection.ts";
import type { StreamHandler } from "../wire/wire.ts";
import type { SubscribeRequestSchema } from "@chat/proto/chat/v1/chat_service";
import { createBurst } from "./burst.ts";
import { startOf } from "./cursor.ts";
import {
  CATCH_UP_PAGE_EVENTS,
  HEARTBEAT_MS,
  STREAM_MAX_AGE_MS,
  STREAMS_PER_SERVER,
  STREAMS_PER_SESSION,
} from "./limits.ts";
import { RelayStream } from "./relay-stream.ts";

/** Serves Subscribe. */
export interface Relay {
  readonly subscribe: StreamHandler<typeof SubscribeRequestSchema>;
  /** Open streams. */
  readonly streams: number;
  /** Ends every stream with UNAVAILABLE: their clients go on elsewhere. What is queued is still delivered. */
  endAll(why: string): void;
  /** Ends every stream as {@link endAll} and takes no more. */
  close(): void;
}

/** How many times per heartbeat the relay looks at its streams: each look serves its share of them. */
const TICKS_PER_HEARTBEAT = 20;

/** What a relay stands on. */
export interface RelayOptions {
  readonly cursors: CursorCodec;
  readonly log: { head(): Promise<number> };
  readonly projection: Pick<Projection, "seq" | "sequence" | "chainAt">;
  readonly catchUp: CatchUp;
  readonly hub: Hub;
  readonly authenticator: Authenticator;
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
  const { hub, projection, catchUp, cursors, now } = options;
  const burst = createBurst();
  const slots: Set<RelayStream>[] = Array.from({ length: TICKS_PER_HEARTBEAT }, () => new Set());
  const bySession = new Map<string, Set<RelayStream>>();
  let streams = 0;
  let tick = 0;
  let closed = false;

  const readyFrame = (seq: number, cursor: string): Frame =>
    controlFrame(seq, cursor, { case: "ready", value: { heartbeatMs: HEARTBEAT_MS } });
  const ready = controlFrameCache((seq) => readyFrame(seq, headCursor()));
  const heartbeat = controlFrameCache((seq) => controlFrame(seq, headCursor(), { case: "heartbeat", value: {} }));

  /** Everything that is applied here was taken. */
  function headCursor(): string {
    return cursors.encode(projection.seq, projection.chainAt(projection.sequence) ?? CHAIN_START);
  }

  /** Stored events come in log order, mostly several of one record. */
  function storedFrames(page: readonly StoredEvent[]): Frame[] {
    let record = -1;
    let chain = CHAIN_START;
    return page.map(({ seq, body }) => {
      if (recordOf(seq) !== record) {
        record = recordOf(seq);
        chain = projection.chainAt(record) ?? CHAIN_START;
      }
      return eventFrame(seq, body, cursors.encode(seq, chain));
    });
  }

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
    if (streams >= STREAMS_PER_SERVER || ofSession.size >= STREAMS_PER_SESSION) {
      throw new ChatError("resource_exhausted", "Too many open streams.", { details: { retryAfterMs: HEARTBEAT_MS } });
    }
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

  function endAll(why: string): void {
    for (const sessionStreams of bySession.values())
      for (const stream of sessionStreams)
        stream.end(new ChatError("unavailable", why, { details: { retryAfterMs: 0 } }));
  }

  function refuseWhenNotServing(): void {
    if (closed) throw new ChatError("unavailable", "The server is stopping.", { details: { retryAfterMs: 0 } });
    if (!options.isReady()) {
      throw new ChatError("unavailable", "The server is catching up.", { details: { retryAfterMs: 1_000 } });
    }
  }

  return {
    async subscribe(request, context, stream) {
      const caller = await options.authenticator.authenticate(context.header("authorization"));
      refuseWhenNotServing();
      const start = await startOf(request, { cursors, applied: projection, log: options.log });
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

      const opening: Frame[] = [
        request.cursor === "" ? ready(projection.seq) : readyFrame(projection.seq, request.cursor),
      ];
      if (start.kind === "reset")
        opening.push(controlFrame(projection.seq, headCursor(), { case: "reset", value: { reason: start.reason } }));
      relayStream.writeNow(opening);
      while (!stream.ended) {
        const page = catchUp.page(caller.handle, relayStream.cursor, CATCH_UP_PAGE_EVENTS);
        const last = page.at(-1);
        if (!last) break;
        relayStream.cursor = last.seq;
        relayStream.writeNow(storedFrames(page));
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
    endAll,
    close() {
      closed = true;
      clearInterval(timer);
      stopWatchingSessions();
      endAll("The server is stopping. Resume elsewhere.");
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
