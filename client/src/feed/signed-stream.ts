import type { SubscribeResponse } from "@chat/proto/chat/v1/chat_service";
import type { Transport } from "@connectrpc/connect";
import { toClientError } from "../client-error.ts";
import type { Environment } from "../environment.ts";
import type { Session } from "../session/session.ts";
import type { ConnectionEvents } from "./connection-events.ts";
import { openFeedStream, type FeedStream } from "./feed-stream.ts";

/** Waits between tries to stream, with {@link backoffMs}. */
export const STREAM_RETRY = { baseMs: 500, capMs: 30_000 } as const;

/** What opening a stream takes. */
export interface StreamOptions {
  /** Signs nothing: the stream brings the token itself, to know which one was refused. */
  readonly transport: Transport;
  readonly session: Session;
  readonly environment: Environment;
  readonly connectionEvents?: ConnectionEvents | undefined;
}

/** Streams once, until the stream is over. A token that the server refuses is renewed for the next try. Rejects with what ended it. */
export async function streamSigned(
  { transport, session, environment }: StreamOptions,
  stream: {
    readonly stopped: AbortSignal;
    /** Read when the token is there. */
    cursor(): string;
    opened(stream: FeedStream): void;
    frame(frame: SubscribeResponse): void;
  },
): Promise<void> {
  const token = await session.tokens.current();
  if (stream.stopped.aborted) return;
  const opened = openFeedStream({ transport, token, cursor: stream.cursor(), environment, frame: stream.frame });
  stream.opened(opened);
  try {
    await opened.over;
  } catch (error) {
    if (!stream.stopped.aborted && toClientError(error).code === "unauthenticated") await session.tokens.renew(token);
    throw error;
  }
}
