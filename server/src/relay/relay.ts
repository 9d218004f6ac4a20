import type { SubscribeRequestSchema } from "@chat/proto/chat/v1/chat_service";
import type { Authenticator } from "../auth/auth.ts";
import { PLATFORM_TIMERS, type Timers } from "../environment.ts";
import { ChatError } from "../errors.ts";
import { controlFrame, type Frame } from "../hub/frame.ts";
import type { Hub } from "../hub/hub.ts";
import { CHAIN_START } from "../log/chain.ts";
import { type CursorCodec, recordOf } from "../log/cursor-codec.ts";
import type { CallLimits } from "../limits/call-limits.ts";
import type { CatchUp } from "../projection/catch-up.ts";
import type { Projection } from "../projection/projection.ts";
import { waitForRecord } from "../projection/wait-for-record.ts";
import type { StreamHandler } from "../wire/wire.ts";
import { createBurst } from "./burst.ts";
import { createCatchUpFrames } from "./catch-up-frames.ts";
import { startOf } from "./cursor.ts";
import { CATCH_UP_PAGE_BYTES, CATCH_UP_PAGE_ROWS, HEARTBEAT_MS, STREAM_MAX_AGE_MS } from "./limits.ts";
import { RelayStream } from "./relay-stream.ts";
import { createStreamPlaces, type StreamBounds } from "./stream-places.ts";

/** Serves Subscribe. */
export interface Relay {
  readonly subscribe: StreamHandler<typeof SubscribeRequestSchema>;
  /** Open streams. */
  readonly streams: number;
  /** Ends every stream with UNAVAILABLE; the clients resume elsewhere. What is queued is still delivered. */
  endAll(why: string): void;
  /** Ends every stream and takes no more. */
  close(): void;
}

/** How many times per heartbeat the relay looks at its streams: each look serves its share of them. */
const TICKS_PER_HEARTBEAT = 20;

/** How long a stream waits until its person is known here, and how often it looks, in ms. */
const ACCOUNT_WAIT = { maxMs: 3_000, lookMs: 20 } as const;

/** What a relay stands on. */
export interface RelayOptions {
  readonly cursors: CursorCodec;
  readonly log: { head(): Promise<number> };
  readonly projection: Pick<Projection, "seq" | "sequence" | "chainAt" | "roster">;
  readonly catchUp: CatchUp;
  readonly hub: Hub;
  readonly authenticator: Authenticator;
  readonly bounds: StreamBounds;
  /** See `CallLimits`: a page of catch-up is long work. */
  readonly doWork: CallLimits["doWork"];
  /** @throws ChatError `unavailable` while what is applied here is not yet, or no longer, fit to answer from. */
  readonly assertServing: () => void;
  /** ms since 1970 */
  readonly now: () => number;
  /** 0 to 1 */
  readonly random: () => number;
  readonly timers?: Timers;
}

/**
 * Relays changed rows to streams: `ready`, what changed after the cursor, then live. Catch-up reads pages of the projection until a page
 * comes back empty, and joins the hub in that same piece of work, in which nothing can be applied: no gap and no repeat.
 */
export function createRelay(options: RelayOptions): Relay {
  const { hub, projection, catchUp, cursors, now, timers = PLATFORM_TIMERS } = options;
  const burst = createBurst();
  const slots: Set<RelayStream>[] = Array.from({ length: TICKS_PER_HEARTBEAT }, () => new Set());
  const places = createStreamPlaces(options.bounds);
  const bySession = new Map<string, Set<RelayStream>>();
  let streams = 0;
  let tick = 0;
  let closed = false;

  /** Of everything up to a seq that is applied. */
  function cursorOf(seq: number): string {
    const record = Math.min(recordOf(seq), projection.sequence);
    return cursors.encode(seq, projection.chainAt(record) ?? CHAIN_START);
  }
  const readyFrame = (seq: number, cursor: string): Frame =>
    controlFrame(seq, cursor, { case: "ready", value: { heartbeatMs: HEARTBEAT_MS } });
  const ready = controlFrameCache((seq) => readyFrame(seq, cursorOf(seq)));
  const heartbeat = controlFrameCache((seq) => controlFrame(seq, cursorOf(seq), { case: "heartbeat", value: {} }));

  const timer = timers.setInterval(() => {
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
      if (stream.isLive) stream.writeNow([heartbeat(projection.seq)]);
      stream.checkStall(time);
    }
  }, HEARTBEAT_MS / TICKS_PER_HEARTBEAT);

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

  function assertTaking(): void {
    if (closed) throw new ChatError("unavailable", "The server is stopping.", { details: { retryAfterMs: 0 } });
    options.assertServing();
  }

  function endAll(why: string): void {
    for (const sessionStreams of bySession.values()) {
      for (const stream of sessionStreams)
        stream.end(new ChatError("unavailable", why, { details: { retryAfterMs: 0 } }));
    }
  }

  /**
   * Writes what changed after the stream's cursor, page by page, until there is no more: then the stream joins the hub, before anything else can be applied.
   * Others get their turn between two pages, however fast this reader is and however many read at once.
   */
  async function replay(
    relayStream: RelayStream,
    stream: { readonly ended: boolean; drained(): Promise<void> },
  ): Promise<void> {
    const framesOf = createCatchUpFrames({ roster: projection.roster, person: relayStream.person, cursorOf });
    const writePage = (): void => {
      if (stream.ended) return;
      if (projection.roster.person(relayStream.person)?.row.removed) return relayStream.part();
      const page = catchUp.page(relayStream.person, relayStream.cursor, CATCH_UP_PAGE_ROWS, CATCH_UP_PAGE_BYTES);
      const last = page.at(-1);
      if (last) {
        relayStream.cursor = last.seq;
        relayStream.writePage(framesOf(page));
        return;
      }
      relayStream.writeNow([heartbeat(projection.seq)]);
      hub.add(relayStream);
      relayStream.isLive = true;
    };
    while (!stream.ended && !relayStream.isLive) {
      await options.doWork(String(relayStream.person), writePage);
      await stream.drained();
    }
  }

  return {
    async subscribe(request, context, stream) {
      assertTaking();
      const caller = await options.authenticator.authenticate(context.header("authorization"));
      // While its cursor is looked at it is a stream already; and its place is taken as long as any of its bytes wait.
      stream.onClosed(places.take(String(caller.person), context.address));
      // A person's id is the seq that added them: before that is applied, the hub has nobody to tell.
      if (!(await waitForRecord(projection, recordOf(caller.person), ACCOUNT_WAIT, timers)))
        throw new ChatError("unavailable", "This server has not caught up with your account yet.", {
          details: { retryAfterMs: 1_000 },
        });
      const start = await startOf(request, { cursors, applied: projection, log: options.log, timers });
      if (stream.ended) return;
      const relayStream = new RelayStream({
        stream,
        codec: context.codec,
        person: caller.person,
        sessionId: caller.sessionId,
        cursor: start.kind === "resume" ? start.after : projection.seq,
        endsAt: now() + STREAM_MAX_AGE_MS * (1 - options.random() / 3),
        burst,
      });
      // The session may have ended, and the server begun to stop, while the answers above were awaited.
      assertTaking();
      await options.authenticator.authenticate(context.header("authorization"));
      stream.onEnd(register(relayStream));

      // A client that comes with a cursor keeps it until something takes its place: the next row, or a reset.
      const opening: Frame[] = [
        request.cursor === "" ? ready(projection.seq) : readyFrame(projection.seq, request.cursor),
      ];
      if (start.kind === "reset") {
        const value = { reason: start.reason };
        opening.push(controlFrame(projection.seq, cursorOf(projection.seq), { case: "reset", value }));
      }
      relayStream.writeNow(opening);
      slots[(tick + TICKS_PER_HEARTBEAT - 1) % TICKS_PER_HEARTBEAT]?.add(relayStream);
      await replay(relayStream, stream);
    },
    get streams() {
      return streams;
    },
    endAll,
    close() {
      closed = true;
      timers.clearInterval(timer);
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
