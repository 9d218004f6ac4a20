import { Objm, type ObjectStore } from "@nats-io/obj";
import type { Blobs } from "../../blobs.ts";
import { ChatError } from "../../errors.ts";
import type { JetStream } from "./jetstream.ts";
import { fromNatsError } from "./nats-error.ts";
import { retrying } from "./retrying.ts";
import { KEY_VALUE_MAX_MS } from "./timing.ts";

const BUCKET = "chat-blobs";

/** {@link Blobs} on a NATS object store, which lists an object only once all of it is stored. Made when first used. */
export function createNatsBlobs(options: Pick<JetStream, "js"> & { replicas: number }): Blobs {
  const { js, replicas } = options;
  const beingPut = new Set<string>();
  let opened: Promise<ObjectStore> | undefined;

  function store(): Promise<ObjectStore> {
    opened ??= retrying(() => new Objm(js).create(BUCKET, { replicas }), {
      maxMs: KEY_VALUE_MAX_MS,
      what: "to open the files",
    });
    opened.catch(() => (opened = undefined)); // the caller is told; the next one tries again
    return opened;
  }

  return {
    async put(key, data, { signal } = {}) {
      signal?.throwIfAborted();
      const objects = await store();
      const taken = () => new ChatError("already_exists", "There is a file under this key.");
      if (beingPut.has(key)) throw taken();
      beingPut.add(key);
      try {
        const known = await objects.info(key);
        if (known && !known.deleted) throw taken();
        const { size } = await objects.put({ name: key }, streamOf(data, signal));
        return size;
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        throw error instanceof SourceError ? error.cause : fromNatsError(error, "to store a file");
      } finally {
        beingPut.delete(key);
      }
    },

    async get(key, { signal } = {}) {
      signal?.throwIfAborted();
      const objects = await store();
      const found = await retrying(() => objects.get(key), { maxMs: KEY_VALUE_MAX_MS, what: "to read a file" });
      return found ? { size: found.info.size, data: contentOf(found.data, found.error, signal) } : undefined;
    },

    async delete(key) {
      const objects = await store();
      await retrying(
        async () => {
          const known = await objects.info(key);
          if (known && !known.deleted) await objects.delete(key);
        },
        { maxMs: KEY_VALUE_MAX_MS, what: "to delete a file" },
      );
    },

    async close() {
      // The connection is the engine's.
    },
  };
}

/** What the caller's own stream threw, told from NATS's errors. */
class SourceError extends Error {
  constructor(cause: unknown) {
    super("the source failed", { cause });
  }
}

function streamOf(data: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): ReadableStream<Uint8Array> {
  const iterator = data[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        signal?.throwIfAborted();
        const { done, value } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        controller.error(new SourceError(error));
      }
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}

async function* contentOf(
  data: ReadableStream<Uint8Array>,
  failed: Promise<Error | null>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of data) {
    signal?.throwIfAborted();
    yield chunk;
  }
  const error = await failed;
  if (error) throw fromNatsError(error, "to read a file");
}
