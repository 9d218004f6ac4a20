import { fromBinary } from "@bufbuild/protobuf";
import { SubscribeResponseSchema, type SubscribeResponse } from "@chat/proto/chat/v1/chat_service";
import { backoffMs } from "../backoff.ts";
import { toClientError } from "../client-error.ts";
import type { ConnectionState } from "../types.ts";
import type { FeedStream } from "./feed-stream.ts";
import type { FrameTarget } from "./frame-source.ts";
import { createPause } from "./pause.ts";
import { STREAM_RETRY, streamSigned, type StreamOptions } from "./signed-stream.ts";
import { isLater, isSameLeader, type FramesMessage, type Leader, type TabMessage } from "./tab-messages.ts";

/** A leader that was silent for so long is asked whether it is there, in ms. */
const SILENCE_MS = 900;
/** How long its answer may take, in ms. After both, and some jitter, it counts as gone. */
const ANSWER_MS = 600;
const JITTER_MS = 200;
/** Frames held while this tab catches up by itself; past that it loads again. */
const HELD_FRAMES = 10_000;

interface CatchingUp {
  stream?: FeedStream;
  /** A batch was missed since the stream began. */
  again: boolean;
  /** The leader's frames meanwhile. */
  readonly held: SubscribeResponse[];
}

/** A tab that lives on the leader's frames. */
export interface FollowingTab {
  /** The latest leader that was heard of. */
  readonly leader: Leader | undefined;
  take(message: TabMessage): void;
  /** Connects now, the leader and where this tab waits to catch up. */
  retryNow(): void;
  stop(): void;
}

/**
 * Follows one leader at a time, by the numbers of its batches:
 *
 *   lost ──state──▶ same cursor as mine ─────────────▶ following ──batch n+1──▶ following
 *                   mine is empty: begin at its cursor ──▲   ▲  │
 *                   another cursor: catch up ────────────────┤  └─ batch past n+1, or a state past n: a batch was missed ─▶ catch up
 *                                                            └─ a short stream of its own from its own cursor, up to the heartbeat;
 *                                                               the leader's batches are held until then. Too many: begin at its cursor
 *
 * Rows carry versions, so what comes twice does no harm; "begin" empties the replica, and the views load again.
 */
export function createFollower(options: {
  stream: StreamOptions;
  target: FrameTarget;
  post(message: TabMessage): void;
  connection(state: ConnectionState): void;
  /** The leader neither speaks nor answers. */
  gone(): void;
}): FollowingTab {
  const { target, post } = options;
  const { now, timers, random } = options.stream.environment;
  let leader: Leader | undefined;
  let n = 0;
  let leaderCursor = "";
  let leaderConnection: ConnectionState = { state: "connecting", attempt: 1 };
  let heardAt = now();
  let isAsked = false;
  let timer: unknown;
  let catchingUp: CatchingUp | undefined;
  const stopped = new AbortController();
  const pause = createPause(timers);

  const isStopped = (): boolean => stopped.signal.aborted;

  function showConnection(): void {
    if (isStopped()) return;
    options.connection(catchingUp && leaderConnection.state === "live" ? { state: "catching-up" } : leaderConnection);
  }

  function watch(): void {
    const silentMs = now() - heardAt;
    if (silentMs < SILENCE_MS) return watchIn(SILENCE_MS - silentMs);
    if (isAsked) return options.gone();
    isAsked = true;
    post({ kind: "ask" });
    watchIn(ANSWER_MS + random() * JITTER_MS);
  }

  function watchIn(delayMs: number): void {
    timers.clearTimeout(timer);
    timer = timers.setTimeout(watch, delayMs);
  }

  function heard(): void {
    heardAt = now();
    if (isAsked) watchIn(SILENCE_MS);
    isAsked = false;
  }

  function stand(at: string): void {
    leaderCursor = at;
    const mine = target.cursor();
    if (at === "" || mine === at) return;
    if (mine === "") target.fresh(at);
    else void catchUp();
  }

  function take(frames: FramesMessage): void {
    if (!isSameLeader(frames.leader, leader)) {
      // Its state tells from where on.
      if (isLater(frames.leader, leader)) post({ kind: "ask" });
      return;
    }
    heard();
    if (frames.n <= n) return;
    const isNext = frames.n === n + 1;
    n = frames.n;
    leaderCursor = frames.cursor;
    if (!isNext) void catchUp();
    for (const bytes of frames.frames) {
      const frame = fromBinary(SubscribeResponseSchema, bytes);
      if (catchingUp) catchingUp.held.push(frame);
      else target.frame(frame);
    }
  }

  async function catchUp(): Promise<void> {
    if (catchingUp) {
      catchingUp.again = true;
      return;
    }
    const mine: CatchingUp = { again: true, held: [] };
    catchingUp = mine;
    showConnection();
    let attempt = 0;
    while (mine.again && mine.held.length <= HELD_FRAMES && !isStopped()) {
      mine.again = false;
      const { isDone, error } = await streamToHeartbeat(mine);
      if (isDone) continue;
      mine.again = true;
      if (isStopped()) break;
      const { retryAfterMs = 0 } = error === undefined ? {} : toClientError(error);
      await pause.wait(Math.max(backoffMs(attempt++, { ...STREAM_RETRY, random }), retryAfterMs));
    }
    if (isStopped()) return;
    catchingUp = undefined;
    if (mine.again) target.fresh(leaderCursor);
    else for (const frame of mine.held) target.frame(frame);
    showConnection();
  }

  /** `isDone`: all changes from the own cursor up to now have come. */
  async function streamToHeartbeat(mine: CatchingUp): Promise<{ isDone: boolean; error?: unknown }> {
    let isDone = false;
    try {
      await streamSigned(options.stream, {
        stopped: stopped.signal,
        cursor: target.cursor,
        opened: (stream) => (mine.stream = stream),
        frame(frame) {
          if (isDone || frame.payload.case === "ready") return;
          target.frame(frame);
          if (frame.payload.case !== "heartbeat") return;
          isDone = true;
          mine.stream?.abort();
        },
      });
    } catch (error) {
      // Ended by us, or by trouble: only what came counts.
      return { isDone, error };
    }
    return { isDone };
  }

  const stopListening = options.stream.connectionEvents?.listen((event) => {
    post({ kind: "event", event });
    if (event !== "offline") pause.end();
  });
  post({ kind: "ask" });
  isAsked = true;
  watchIn(ANSWER_MS + random() * JITTER_MS);
  showConnection();

  return {
    get leader() {
      return leader;
    },
    take(message) {
      if (message.kind === "frames") return take(message);
      if (message.kind !== "state") return;
      const isSame = isSameLeader(message.leader, leader);
      if (!isSame && !isLater(message.leader, leader)) return;
      heard();
      const isMissed = message.n > n;
      leaderConnection = message.connection;
      // A leader posts frames once somebody has asked.
      if (!isSame) post({ kind: "ask" });
      // A leader that began nowhere says later where it stands.
      if (!isSame || isMissed || leaderCursor === "" || target.cursor() === "") {
        leader = message.leader;
        n = message.n;
        stand(message.cursor);
      }
      showConnection();
    },
    retryNow() {
      post({ kind: "retry" });
      pause.end();
    },
    stop() {
      stopped.abort();
      pause.end();
      timers.clearTimeout(timer);
      stopListening?.();
      catchingUp?.stream?.abort();
    },
  };
}
