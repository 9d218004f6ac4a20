import { setTimeout as delay } from "node:timers/promises";
import {
  type ConsumerMessages,
  DeliverPolicy,
  type JetStreamClient,
  type JetStreamManager,
  type StoredMsg,
} from "@nats-io/jetstream";
import type { EngineLogger } from "../engine-logger.ts";
import { ChatError } from "../../errors.ts";
import { type KnownEnd, watchForStalls } from "./stall-watch.ts";
import { PULL_EXPIRES_MS, PULL_MAX_BYTES, RETRY_MS, STALL_LOOK_MS } from "./timing.ts";

/** Where to begin: after a sequence, or with the newest message of each subject. */
export type ReadStart = { readonly after: number } | "newest-per-subject";

/** A message of a stream, by whichever way it came. */
export type StreamMessage = Pick<StoredMsg, "seq" | "subject" | "data" | "json"> & {
  readonly headers?: StoredMsg["header"] | undefined;
};

/** What {@link readStream} needs. */
export interface StreamReaderOptions {
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly stream: string;
  readonly start: ReadStart;
  /** Raised by whoever learns of a newer message, so that a reader whose consumer is gone need not wait for heartbeats. */
  readonly end: KnownEnd;
  /**
   * Called before the reader goes on after trouble, and before the first message of a consumer that was made anew, by this reader or by the client
   * within. What it throws ends the reading, unless it is `unavailable`.
   */
  readonly verify: () => Promise<void>;
  readonly logger: EngineLogger;
  readonly signal: AbortSignal;
}

/**
 * Reads a stream in order, then live for ever, through an ordered consumer (one replica, in memory, gone with its reader). Carries on after lost
 * connections, elections and lost consumers without loss or repeat. Ends when the signal aborts.
 *
 * A consumer is made by the leader of all of JetStream, which may be under election when the stream itself has a leader again. Until there is a
 * new consumer, what follows in the stream is fetched from it one by one.
 */
export async function* readStream(options: StreamReaderOptions): AsyncGenerator<StreamMessage> {
  const { stream, start, logger, signal } = options;
  let position: number | undefined = start === "newest-per-subject" ? undefined : start.after;
  let isFirst = true;
  /** Whose messages are of the log that was there before. */
  let verified: string | undefined;
  while (!signal.aborted) {
    const isFirstConsumer = isFirst;
    let opening: Promise<ConsumerMessages> | undefined;
    let stopWatching = (): void => {};
    try {
      if (!isFirst) await options.verify();
      opening = openConsumer(options, position);
      opening.catch(() => {}); // told below, when it is waited for
      let opened: ConsumerMessages | undefined;
      if (isFirst || position === undefined) opened = await opening;
      isFirst = false;
      while (!opened && position !== undefined) {
        const message = await following(options, position);
        if (signal.aborted) return;
        if (message) {
          position = message.seq;
          yield message;
        }
        opened = await Promise.race([opening, delay(message ? 0 : STALL_LOOK_MS, undefined, { ref: false })]);
      }
      if (!opened) return;
      const close = (): void => void opened.close();
      const unwatch = watchForStalls({ ...options, position: () => position ?? 0, onStall: close });
      signal.addEventListener("abort", close, { once: true });
      stopWatching = (): void => {
        unwatch();
        signal.removeEventListener("abort", close);
      };
      if (signal.aborted) return;
      for await (const message of opened) {
        if (signal.aborted) return;
        // A consumer that was made anew may begin a little earlier.
        if (position !== undefined && message.seq <= position) continue;
        const { consumer } = message.info;
        if (consumer !== verified && (verified !== undefined || !isFirstConsumer)) await options.verify();
        verified = consumer;
        position = message.seq;
        yield message;
      }
      if (!signal.aborted) logger.info({ stream, position }, "a reader of the log begins anew");
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ChatError && error.code !== "unavailable") throw error;
      logger.warn({ err: error, stream, position }, "a stream can't be read; trying again");
    } finally {
      stopWatching();
      opening?.then(
        (messages) => messages.close(),
        () => {}, // told above
      );
    }
    await delay(RETRY_MS, undefined, { signal }).catch(() => {}); // aborted: the loop ends
  }
}

async function openConsumer(
  { js, stream }: StreamReaderOptions,
  position: number | undefined,
): Promise<ConsumerMessages> {
  const consumer = await js.consumers.get(
    stream,
    position === undefined
      ? { deliver_policy: DeliverPolicy.LastPerSubject }
      : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: position + 1 },
  );
  return consumer.consume({
    max_bytes: PULL_MAX_BYTES,
    expires: PULL_EXPIRES_MS,
    idle_heartbeat: PULL_EXPIRES_MS / 2,
  });
}

/**
 * The message right behind a position, where it is known to be there. Undefined where it can't be had: that it is missing is for a consumer to
 * say, for a leader may answer before it has taken in all that was stored.
 */
async function following(
  { jsm, stream, end }: StreamReaderOptions,
  position: number,
): Promise<StreamMessage | undefined> {
  if (end.sequence <= position) return undefined;
  try {
    const message = await jsm.streams.getMessage(stream, { seq: position + 1 });
    if (!message) return undefined;
    const { seq, subject, data, header } = message;
    return { seq, subject, data, headers: header, json: () => message.json() };
  } catch {
    return undefined; // asked again in a moment, unless the consumer is quicker
  }
}
