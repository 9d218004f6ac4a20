import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import {
  DiscardPolicy,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamInfo,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { ChatError, type ErrorCode } from "../../errors.ts";
import type { LogRecord, RecordLog } from "../../log/record-log.ts";
import type { EngineLogger } from "../engine-logger.ts";
import { type JetStream, openBucket } from "./jetstream.ts";
import { startLogProbe } from "./log-probe.ts";
import { JS_CODE, jsCode } from "./nats-error.ts";
import { findInOtherCopies } from "./other-copies.ts";
import { overwriteMessage } from "./overwrite-message.ts";
import { retrying } from "./retrying.ts";
import { createKnownEnd } from "./stall-watch.ts";
import { readStream } from "./stream-reader.ts";
import {
  APPEND_AGAIN_MS,
  APPEND_MAX_MS,
  ATTEMPT_MS,
  COPY_SEARCH_MS,
  COPY_SEARCH_PAUSE_MS,
  KEY_VALUE_MAX_MS,
} from "./timing.ts";
import { losingSettings, weakSettings } from "./weak-settings.ts";

/** The one stream of the log and its one subject. */
export const LOG_STREAM = "CHAT_LOG";
export const LOG_SUBJECT = "chat.log";

/** Replacements of erased records, by sequence. */
export const ERASED_BUCKET = "chat-erased";

/** Replacements of one record that NATS keeps until they are overwritten: more than servers that erase in it at once. */
const ERASED_HISTORY = 16;

/** Where the stream carries the log's epoch. */
const EPOCH = "chat-epoch";

/** How often a stream that has to be there is asked for before it counts as gone, and how long between two times. */
const MISSING_ASKS = 3;
const MISSING_PAUSE_MS = 1_000;

/** How long JetStream remembers a record's id. */
const DUPLICATE_WINDOW_MS = 120_000;

/** A {@link RecordLog} on a JetStream stream. */
export interface NatsRecordLog extends RecordLog {
  /** The newest failure to append, until an append works. */
  readonly lastFailure: { readonly at: number; readonly message: string; readonly code: ErrorCode } | undefined;
  /** Why it can't be used although NATS can be reached; undefined while it can, as far as is known. */
  missing(): string | undefined;
}

/** Opens the log's stream, or makes it. @throws ChatError */
export async function createNatsRecordLog(
  options: JetStream & {
    replicas: number;
    /** Whether the stream is made where there is none. */
    mayMake: boolean;
    serverVersion: string | undefined;
    logger: EngineLogger;
  },
): Promise<NatsRecordLog> {
  const { js, jsm, replicas, logger } = options;
  const info = await retrying(() => openStream(jsm, replicas, options.mayMake), {
    maxMs: 3 * APPEND_MAX_MS,
    what: "to open the log",
  });
  const epoch = epochOf(info);
  const told = new Set<string>();
  function tellWeaknesses({ config }: StreamInfo): void {
    for (const reason of weakSettings(config, options.serverVersion)) {
      if (told.has(reason)) continue;
      told.add(reason);
      logger.warn({ stream: LOG_STREAM }, `the log is weaker than it could be: ${reason}`);
    }
  }
  tellWeaknesses(info);
  const erased = await openBucket(js, ERASED_BUCKET, info.config.num_replicas, ERASED_HISTORY);
  const closing = new AbortController();
  const end = createKnownEnd();
  let lastFailure: NatsRecordLog["lastFailure"];

  const state = async (): Promise<StreamInfo["state"]> =>
    (await retrying(() => jsm.streams.info(LOG_STREAM), { maxMs: KEY_VALUE_MAX_MS, what: "to ask for the log's end" }))
      .state;

  const probe = startLogProbe({
    info: () => jsm.streams.info(LOG_STREAM),
    assertSame({ config }) {
      if (config.metadata?.[EPOCH] === epoch) return;
      throw new ChatError(
        "data_loss",
        "The log was deleted and made anew while this server ran. Restart this server; with --accept-new-log it drops its read model and takes the new one.",
      );
    },
    losing(found) {
      tellWeaknesses(found);
      return losingSettings(found.config);
    },
  });
  void probe.ask();

  /** What stands in the place of a record that was erased. */
  async function replacement(sequence: number): Promise<Uint8Array | undefined> {
    const entry = await retrying(() => erased.get(String(sequence)), {
      maxMs: KEY_VALUE_MAX_MS,
      what: "to read an erased record",
    });
    return entry?.operation === "PUT" ? entry.value : undefined;
  }

  /** A record that is not in the copy being read: its replacement where it was erased, else what another copy has. */
  async function missing(sequence: number, signal: AbortSignal): Promise<LogRecord> {
    const deadline = performance.now() + COPY_SEARCH_MS;
    for (;;) {
      const data = await replacement(sequence);
      if (data) return { sequence, data };
      const found = await retrying(() => findInOtherCopies({ js, jsm }, LOG_STREAM, sequence), {
        maxMs: KEY_VALUE_MAX_MS,
        what: "to read a record",
        signal,
      });
      if (found.kind === "found") {
        logger.error(
          { alarm: "log-copy-damaged", sequence },
          "a NATS node's copy of the log lacks a record that another one has: that copy has to be made anew",
        );
        return { sequence, data: found.data };
      }
      if (found.kind === "lost" || performance.now() > deadline) return { sequence, data: undefined };
      logger.error({ alarm: "log-record-away", sequence }, "no copy of the log that can be reached has this record");
      await delay(COPY_SEARCH_PAUSE_MS, undefined, { signal });
    }
  }

  return {
    epoch,
    get lastFailure() {
      return lastFailure;
    },

    missing: () => probe.failure(),

    async append(record, { id, signal }) {
      probe.assertMayAppend();
      const publish = () =>
        js.publish(LOG_SUBJECT, record, { msgID: id, timeout: ATTEMPT_MS, expect: { streamName: LOG_STREAM } });
      try {
        const { seq } = await retrying(publish, {
          maxMs: lastFailure?.code === "unavailable" ? APPEND_AGAIN_MS : APPEND_MAX_MS,
          what: "to store a message",
          ...(signal && { signal }),
        });
        lastFailure = undefined;
        end.raise(seq);
        return seq;
      } catch (error) {
        if (error instanceof ChatError) {
          lastFailure = { at: Date.now(), message: error.message, code: error.code };
          logger.warn({ err: error }, "a record could not be appended");
        }
        throw error;
      }
    },

    async get(sequence, { signal = closing.signal } = {}) {
      probe.assertNotLost();
      const message = await retrying(() => jsm.streams.getMessage(LOG_STREAM, { seq: sequence }), {
        maxMs: KEY_VALUE_MAX_MS,
        what: "to read a record",
        signal,
      });
      if (message) return message.data;
      return sequence > (await state()).last_seq ? undefined : (await missing(sequence, signal)).data;
    },

    async *read({ after, signal, verify: verifyPast }) {
      const ended = AbortSignal.any([signal, closing.signal]);
      if (ended.aborted) return;
      probe.assertNotLost();
      let position = after;
      // Records replaced at the very end are in no consumer's delivery, and nothing need follow them.
      const { last_seq: head } = await state();
      let stored = head;
      while (stored > after && (await replacement(stored))) stored--;
      if (stored <= after) while (position < head) yield await missing(++position, ended);
      for await (const { seq, data } of readStream({
        js,
        jsm,
        stream: LOG_STREAM,
        start: { after },
        end,
        async verify() {
          await probe.verify();
          await verifyPast?.();
        },
        logger,
        signal: ended,
      })) {
        if (seq <= position) continue;
        while (position + 1 < seq) {
          if (ended.aborted) return;
          yield await missing(++position, ended);
        }
        position = seq;
        yield { sequence: seq, data };
        if (seq === stored) while (position < head) yield await missing(++position, ended);
      }
    },

    head: async () => (await state()).last_seq,

    async first() {
      const { messages, first_seq: first, last_seq: last } = await state();
      let oldest = messages === 0 ? last + 1 : first;
      // The stream no longer counts the erased ones at its beginning.
      while (oldest > 1 && (await replacement(oldest - 1))) oldest--;
      return oldest;
    },

    async replace(sequence, record) {
      const what = "to erase a message";
      if (sequence < 1 || sequence > (await state()).last_seq)
        throw new ChatError("not_found", `There is no record ${sequence} in the log.`);
      const key = String(sequence);
      const ask = { maxMs: KEY_VALUE_MAX_MS, what };
      const newest = await retrying(() => erased.put(key, record), ask);
      await retrying(() => overwriteMessage(jsm, LOG_STREAM, sequence), ask);
      // Replacements before this one hold what is erased now.
      const former = await retrying(async () => {
        const found = [];
        for await (const { revision } of await erased.history({ key })) if (revision < newest) found.push(revision);
        return found;
      }, ask);
      for (const revision of former) await retrying(() => overwriteMessage(jsm, `KV_${ERASED_BUCKET}`, revision), ask);
    },

    async close() {
      probe.close();
      closing.abort();
    },
  };
}

async function openStream(jsm: JetStreamManager, replicas: number, mayMake: boolean): Promise<StreamInfo> {
  for (let asked = 1; ; asked++) {
    try {
      return await jsm.streams.info(LOG_STREAM);
    } catch (error) {
      if (jsCode(error) !== JS_CODE.streamNotFound) throw error;
    }
    if (mayMake) break;
    // A node that has just been started may not know all streams yet.
    if (asked === MISSING_ASKS) throw new ChatError("not_found", `NATS has no stream ${LOG_STREAM}.`);
    await delay(MISSING_PAUSE_MS);
  }
  // Where another server makes it in the same moment, with an epoch of its own, this fails and is tried again: the stream is opened then.
  return makeLogStream(jsm, replicas);
}

/** Makes the log's stream, under an epoch of its own. @throws what the client throws, also when there is one */
export function makeLogStream(jsm: JetStreamManager, replicas: number): Promise<StreamInfo> {
  return jsm.streams.add({
    name: LOG_STREAM,
    subjects: [LOG_SUBJECT],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    num_replicas: replicas,
    duplicate_window: nanos(DUPLICATE_WINDOW_MS),
    // Nothing leaves the log but single records that were erased on purpose.
    deny_purge: true,
    metadata: { [EPOCH]: randomUUID() },
  });
}

/** The epoch that a stream carries. @throws ChatError `failed_precondition` for one that is no log */
export function epochOf({ config }: StreamInfo): string {
  const epoch = config.metadata?.[EPOCH];
  if (epoch === undefined)
    throw new ChatError(
      "failed_precondition",
      `The stream ${LOG_STREAM} was not made by a chat server: it carries no epoch.`,
    );
  return epoch;
}
