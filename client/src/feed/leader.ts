import { toBinary } from "@bufbuild/protobuf";
import { SubscribeResponseSchema } from "@chat/proto/chat/v1/chat_service";
import type { ConnectionState } from "../types.ts";
import type { FrameTarget } from "./frame-source.ts";
import { createOwnStream } from "./own-stream.ts";
import type { StreamOptions } from "./signed-stream.ts";
import type { Leader, TabMessage } from "./tab-messages.ts";

/** The tab that holds the stream and relays its frames. */
export interface LeadingTab {
  take(message: TabMessage): void;
  retryNow(): void;
  stop(): void;
}

/** Streams from the target's cursor and posts each event's frames, numbered, to the other tabs. */
export function createLeader(options: {
  stream: StreamOptions;
  leader: Leader;
  /** Whether another tab has led before: then there are followers. */
  follows: boolean;
  target: FrameTarget;
  post(message: TabMessage): void;
  connection(state: ConnectionState): void;
}): LeadingTab {
  const { leader, target, post } = options;
  let n = 0;
  /** Frames of the event under way, and those of them that are kept for followers. */
  let frames = 0;
  let batch: Uint8Array[] = [];
  /** Nobody who has never asked can follow: a single tab encodes nothing. */
  let isHeard = options.follows;
  let tell: ((event: "online" | "offline" | "visible") => void) | undefined;

  const own = createOwnStream(
    {
      ...options.stream,
      connectionEvents: {
        listen(listener) {
          tell = listener;
          const stop = options.stream.connectionEvents?.listen(listener);
          return () => {
            tell = undefined;
            stop?.();
          };
        },
      },
    },
    {
      cursor: target.cursor,
      fresh(cursor) {
        target.fresh(cursor);
        postState();
      },
      frame(frame) {
        target.frame(frame);
        frames++;
        if (isHeard) batch.push(toBinary(SubscribeResponseSchema, frame));
        if (frame.cursor === "") return;
        n++;
        if (batch.length === frames) post({ kind: "frames", leader, n, frames: batch, cursor: target.cursor() });
        // The first follower asked in the middle of the event: it has to catch up with what was not kept.
        else if (isHeard) postState();
        forget();
      },
    },
  );

  function forget(): void {
    frames = 0;
    batch = [];
  }

  function postState(): void {
    post({ kind: "state", leader, n, cursor: target.cursor(), connection: own.$connection.get() });
  }

  const unbind = own.$connection.listen((connection) => {
    // A stream that begins again repeats the event that was cut.
    if (connection.state === "connecting") forget();
    options.connection(connection);
    postState();
  });
  own.start();
  options.connection(own.$connection.get());
  postState();

  return {
    take(message) {
      if (message.kind === "ask") {
        isHeard = true;
        postState();
      } else if (message.kind === "retry") own.retryNow();
      else if (message.kind === "event") tell?.(message.event);
    },
    retryNow: own.retryNow,
    stop() {
      unbind();
      own.stop();
    },
  };
}
