import type { SubscribeResponse } from "@chat/proto/chat/v1/chat_service";
import { atom } from "nanostores";
import type { Environment } from "../environment.ts";
import { createListeners } from "../listeners.ts";
import type { Replica } from "../replica/replica.ts";
import type { ChatChange, ConnectionState, Feed } from "../types.ts";
import type { FeedCursor } from "./feed-cursor.ts";
import type { FrameSource, FrameTarget } from "./frame-source.ts";
import { takeRow } from "./take-row.ts";
import { createTold } from "./told.ts";

/** How long a load waits for the stream to open first, so that nothing falls between the two, in ms. */
const OPEN_TIMEOUT_MS = 3_000;

/** The feed as the rest of the SDK uses it. */
export interface FeedCore extends Feed {
  /** The replica was emptied, because the stream began without a cursor or was reset: what is shown has to be loaded. */
  onGap(listener: () => void): () => void;
  /** Resolves when the stream is open (what is read from now on leaves no gap to the changes), or at the latest after {@link OPEN_TIMEOUT_MS}. */
  opened(): Promise<void>;
  /** Takes the place in the log of this person; 0: nobody. */
  begin(person: number): void;
  /** Stops for good. */
  close(): void;
}

/** See {@link Feed}. Puts every row into the replica, keeps the cursor and tells listeners of each change once. */
export function createFeed(options: {
  environment: Environment;
  cursor: FeedCursor;
  replica: Replica;
  /** Makes what brings the frames, at each start. */
  source: (target: FrameTarget) => FrameSource;
}): FeedCore {
  const { cursor, replica } = options;
  const { timers, logger } = options.environment;
  const $connection = atom<ConnectionState>({ state: "stopped" });
  const threw = (error: unknown) => logger.warn("a feed listener threw", { error: String(error) });
  const changes = createListeners<ChatChange>(threw);
  const resets = createListeners<void>(threw);
  const gaps = createListeners<void>(threw);
  const told = createTold();
  let source: FrameSource | undefined;
  let unbind: (() => void) | undefined;

  const target: FrameTarget = {
    cursor: cursor.get,
    fresh(at) {
      replica.drop();
      told.clear();
      cursor.set(at);
      gaps.emit();
    },
    frame(frame: SubscribeResponse) {
      if (frame.payload.case === "reset") {
        replica.drop();
        told.clear();
      }
      const taken = takeRow(replica, frame);
      // Before the listeners: one that closes the client has had this change.
      if (frame.cursor !== "") cursor.set(frame.cursor);
      if (taken && told.isNews(taken.key, taken.version)) changes.emit(taken.change);
      if (frame.payload.case !== "reset") return;
      gaps.emit();
      resets.emit();
    },
  };

  function stop(): void {
    source?.stop();
    unbind?.();
    source = undefined;
    cursor.flush();
    $connection.set({ state: "stopped" });
  }

  function opened(): Promise<void> {
    const isOpen = () => ["live", "catching-up", "stopped"].includes($connection.get().state);
    if (isOpen()) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        timers.clearTimeout(timer);
        unlisten();
        resolve();
      };
      const timer = timers.setTimeout(done, OPEN_TIMEOUT_MS);
      const unlisten = $connection.listen(() => isOpen() && done());
    });
  }

  return {
    $connection,
    onChange: changes.add,
    onReset: resets.add,
    onGap: gaps.add,
    opened,
    start() {
      if (source && source.$connection.get().state !== "stopped") return;
      unbind?.();
      source = options.source(target);
      source.start();
      unbind = source.$connection.subscribe((state) => $connection.set(state));
    },
    stop,
    retryNow: () => source?.retryNow(),
    begin(person) {
      stop();
      told.clear();
      cursor.load(person);
    },
    close() {
      stop();
      for (const set of [changes, resets, gaps]) set.clear();
    },
  };
}
