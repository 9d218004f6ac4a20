import type { SubscribeResponse } from "@chat/proto/chat/v1/chat_service";
import type { ReadableAtom } from "nanostores";
import type { ConnectionState } from "../types.ts";

/** Brings the frames of the stream: over a stream of its own (`own-stream.ts`) or over one that tabs share (`shared-stream.ts`). */
export interface FrameSource {
  readonly $connection: ReadableAtom<ConnectionState>;
  start(): void;
  stop(): void;
  /** Tries to connect now. */
  retryNow(): void;
}

/** Where a source brings the frames. */
export interface FrameTarget {
  /** The newest cursor that was taken; empty: none. */
  cursor(): string;
  /** The stream begins at this cursor: what was loaded before may lack what happened since. */
  fresh(cursor: string): void;
  frame(frame: SubscribeResponse): void;
}
