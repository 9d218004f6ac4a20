import { isDeepStrictEqual } from "node:util";
import type { JetStreamClient, JetStreamManager } from "@nats-io/jetstream";
import type { KV, KvEntry } from "@nats-io/kv";
import { ChatError } from "../../errors.ts";
import type { Json, KeyValue, KeyValueChange, KeyValueStore } from "../../key-value.ts";
import type { EngineLogger } from "../engine-logger.ts";
import { checkBucketName, checkKey } from "../key-value-names.ts";
import { type JetStream, openBucket } from "./jetstream.ts";
import { isConflict } from "./nats-error.ts";
import { overwriteMessage } from "./overwrite-message.ts";
import { retrying } from "./retrying.ts";
import { createKnownEnd } from "./stall-watch.ts";
import { readStream, type StreamMessage } from "./stream-reader.ts";
import { KEY_VALUE_MAX_MS } from "./timing.ts";

/** Before each bucket's name. */
export const PREFIX = "chat-";

/** A {@link KeyValueStore} on NATS KV. */
export interface NatsKeyValueStore extends KeyValueStore {
  /** The streams of the buckets that were opened here. */
  readonly streams: readonly string[];
}

/** Opens buckets, or makes them. Reads go to each bucket's leader, so that they see every write that was answered before. */
export function createNatsKeyValueStore(
  options: JetStream & { replicas: number; logger: EngineLogger },
): NatsKeyValueStore {
  const { js, jsm, replicas, logger } = options;
  const buckets = new Map<string, Promise<KeyValue>>();
  const closing = new AbortController();

  async function open(name: string): Promise<KeyValue> {
    const kv = await openBucket(js, PREFIX + name, replicas);
    return createBucket({ kv, name: PREFIX + name, js, jsm, logger, closing: closing.signal });
  }

  const streamOf = (name: string): string => `KV_${PREFIX}${name}`;

  return {
    get streams() {
      return [...buckets.keys()].map(streamOf);
    },
    async bucket(name) {
      checkBucketName(name);
      let bucket = buckets.get(name);
      if (!bucket) {
        bucket = open(name);
        bucket.catch(() => buckets.delete(name)); // the caller is told; the next one tries again
        buckets.set(name, bucket);
      }
      return bucket;
    },
    async close() {
      closing.abort();
    },
  };
}

function createBucket(options: {
  kv: KV;
  name: string;
  js: JetStreamClient;
  jsm: JetStreamManager;
  logger: EngineLogger;
  closing: AbortSignal;
}): KeyValue {
  const { kv, js, jsm, logger, closing } = options;
  const stream = `KV_${options.name}`;
  const subjectPrefix = `$KV.${options.name}.`;
  const end = createKnownEnd();

  function admit(key: string): string {
    checkKey(key);
    if (closing.aborted) throw new ChatError("unavailable", "The server is shutting down.");
    return encodeKey(key);
  }

  async function entryOf(encoded: string): Promise<(KvEntry & { operation: "PUT" }) | undefined> {
    const entry = await kv.get(encoded);
    return entry?.operation === "PUT" ? (entry as KvEntry & { operation: "PUT" }) : undefined;
  }

  /**
   * A write whose answer was lost may have happened. Tried again it meets itself as a conflict: then what is stored is what was to be.
   */
  async function write(
    encoded: string,
    value: Json,
    attempt: () => Promise<number>,
    conflict: () => ChatError,
  ): Promise<number> {
    return retrying(
      async (count) => {
        try {
          const revision = await attempt();
          end.raise(revision);
          return revision;
        } catch (error) {
          if (!isConflict(error)) throw error;
          const stored = count > 0 ? await entryOf(encoded) : undefined;
          if (stored && isDeepStrictEqual(stored.json(), value)) return stored.revision;
          throw conflict();
        }
      },
      { maxMs: KEY_VALUE_MAX_MS, what: "to store something" },
    );
  }

  return {
    async get(key) {
      const encoded = admit(key);
      const entry = await retrying(() => entryOf(encoded), { maxMs: KEY_VALUE_MAX_MS, what: "to read something" });
      return entry && { key, value: entry.json<Json>(), revision: entry.revision };
    },

    async create(key, value) {
      const encoded = admit(key);
      const taken = () => new ChatError("already_exists", "There is an entry under this key.");
      return write(encoded, value, () => kv.create(encoded, JSON.stringify(value)), taken);
    },

    async update(key, value, revision) {
      const encoded = admit(key);
      if (revision < 1) throw changed(); // for NATS that is the revision of an entry that isn't there, and makes it
      return write(encoded, value, () => kv.update(encoded, JSON.stringify(value), revision), changed);
    },

    async delete(key, revision) {
      const encoded = admit(key);
      await retrying(
        async (count) => {
          const entry = await entryOf(encoded);
          if (!entry) return;
          // Without a revision whatever is there goes, also what came just now.
          if (revision === undefined) return kv.delete(encoded);
          if (entry.revision !== revision) throw changed();
          try {
            await kv.delete(encoded, { previousSeq: revision });
          } catch (error) {
            if (!isConflict(error)) throw error;
            // The try before this one may have done it, and only its answer was lost.
            if (count === 0 || (await entryOf(encoded))) throw changed();
          }
        },
        { maxMs: KEY_VALUE_MAX_MS, what: "to delete something" },
      );
    },

    // Without a marker in its place, whose subject would tell the key. A marker drops the message before it, but its bytes stay in NATS's file for long.
    async erase(key, revision) {
      const encoded = admit(key);
      await retrying(
        async () => {
          const entry = await entryOf(encoded);
          if (!entry) return;
          if (entry.revision !== revision) throw changed();
          if (!(await overwriteMessage(jsm, stream, revision)) && (await entryOf(encoded))) throw changed();
        },
        { maxMs: KEY_VALUE_MAX_MS, what: "to erase something" },
      );
    },

    async *watch({ signal }): AsyncGenerator<KeyValueChange> {
      const ended = AbortSignal.any([signal, closing]);
      if (ended.aborted) return;
      const { state } = await retrying(() => jsm.streams.info(stream, { subjects_filter: ">" }), {
        maxMs: KEY_VALUE_MAX_MS,
        what: "to watch a bucket",
        signal: ended,
      }).catch((error: unknown) => {
        if (ended.aborted) return { state: undefined };
        throw error;
      });
      if (!state) return;
      // By name, not by sequence: what changes while it is read moves behind the end that was seen here.
      const awaited = new Set(Object.keys(state.subjects ?? {}));
      let isCurrent = awaited.size === 0;
      if (isCurrent) yield { state: "current" };
      for await (const message of readStream({
        js,
        jsm,
        stream,
        start: "newest-per-subject",
        end,
        verify: async () => {},
        logger,
        signal: ended,
      })) {
        const change = toChange(message, subjectPrefix);
        // What was deleted before the watch began was never there for it.
        if (isCurrent || change.state === "set" || message.seq > state.last_seq) yield change;
        awaited.delete(message.subject);
        if (isCurrent || awaited.size > 0) continue;
        isCurrent = true;
        yield { state: "current" };
      }
    },
  };
}

function changed(): ChatError {
  return new ChatError("aborted", "It has changed in the meantime.");
}

function toChange(message: StreamMessage, subjectPrefix: string): KeyValueChange {
  const key = decodeKey(message.subject.slice(subjectPrefix.length));
  // Deletions are empty messages with the operation in a header.
  if (message.headers?.get("KV-Operation")) return { state: "deleted", key };
  return { state: "set", key, value: message.json<Json>(), revision: message.seq };
}

/** NATS keys know few characters and give "." a meaning: base64url is one-to-one and has neither trouble. */
function encodeKey(key: string): string {
  return Buffer.from(key).toString("base64url");
}

function decodeKey(encoded: string): string {
  return Buffer.from(encoded, "base64url").toString();
}
