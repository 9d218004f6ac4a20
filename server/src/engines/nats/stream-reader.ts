import { setTimeout as delay } from "node:timers/promises";
import {
  type ConsumerMessages,
  DeliverPolicy,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
} from "@nats-io/jetstream";
import type { EngineLogger } from "../engine-logger.ts";
import { ChatError } from "../../errors.ts";
import { PULL_EXPIRES_MS, PULL_MAX_BYTES, RETRY_MS, STALL_CHECK_MS } from "./timing.ts";

/** Where to begin: after a sequence, or with the newest message of each subject. */
export type ReadStart = { readonly after: number } | "newest-per-subject";

/**
 * Reads a stream in order, then live for ever, through an ordered consumer (one replica, in memory, gone with its reader). Carries on after lost
 * connections, elections and lost consumers without loss or repeat. Ends when the signal aborts.
 *
 * @param verify called before the reader goes on after trouble; what it throws ends the reading
 */
export async function* readStream(options: {
  js: JetStreamClient;
  jsm: JetStreamManager;
  stream: string;
  start: ReadStart;
  verify: () => Promise<void>;
  logger: EngineLogger;
  signal: AbortSignal;
}): AsyncGenerator<JsMsg> {
  const { js, jsm, stream, start, logger, signal } = options;
  let position: number | undefined = start === "newest-per-subject" ? undefined : start.after;
  let isFirst = true;
  while (!signal.aborted) {
    let messages: ConsumerMessages | undefined;
    let stopWatching = (): void => {};
    try {
      if (!isFirst) await options.verify();
      isFirst = false;
      const consumer = await js.consumers.get(
        stream,
        position === undefined
          ? { deliver_policy: DeliverPolicy.LastPerSubject }
          : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: position + 1 },
      );
      const opened = await consumer.consume({
        max_bytes: PULL_MAX_BYTES,
        expires: PULL_EXPIRES_MS,
        idle_heartbeat: PULL_EXPIRES_MS / 2,
      });
      messages = opened;
      let lastAt = performance.now();
      const watch = watchForStalls({
        jsm,
        stream,
        position: () => position ?? 0,
        lastAt: () => lastAt,
        onStall: () => void opened.close(),
      });
      const onAbort = (): void => void opened.close();
      signal.addEventListener("abort", onAbort, { once: true });
      stopWatching = (): void => {
        watch();
        signal.removeEventListener("abort", onAbort);
      };
      if (signal.aborted) return;
      for await (const message of opened) {
        if (signal.aborted) return;
        lastAt = performance.now();
        // A consumer that was made anew may begin a little earlier.
        if (position !== undefined && message.seq <= position) continue;
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
      void messages?.close();
    }
    await delay(RETRY_MS, undefined, { signal }).catch(() => {}); // aborted: the loop ends
  }
}

/** Notices a consumer that went silent though there is something to read. Returns what stops it. */
function watchForStalls(options: {
  jsm: JetStreamManager;
  stream: string;
  position: () => number;
  lastAt: () => number;
  onStall: () => void;
}): () => void {
  let behindAt: number | undefined;
  const timer = setInterval(() => {
    if (performance.now() - options.lastAt() < STALL_CHECK_MS) {
      behindAt = undefined;
      return;
    }
    const position = options.position();
    options.jsm.streams.info(options.stream).then(
      ({ state }) => {
        if (state.last_seq <= position || options.position() !== position) behindAt = undefined;
        else if (behindAt === position) options.onStall();
        else behindAt = position;
      },
      () => {}, // not reachable: the connection's own watch takes care of that
    );
  }, STALL_CHECK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
