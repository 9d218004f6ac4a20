import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Blobs } from "../../blobs.ts";
import { ChatError } from "../../errors.ts";
import { makePrivateDirectory, syncDirectory } from "./durable-file.ts";
import { fromFileError, isMissing } from "./file-error.ts";

const UNFINISHED = ".part";

/** {@link Blobs} as files of one directory. A file is named by the hash of its key, since file systems may ignore case. */
export async function createEmbeddedBlobs({ directory }: { directory: string }): Promise<Blobs> {
  await makePrivateDirectory(directory);
  for (const name of await readdir(directory)) {
    if (name.endsWith(UNFINISHED)) await rm(join(directory, name), { force: true }); // its process ended before it was stored
  }
  const beingPut = new Set<string>();
  const pathOf = (key: string) => join(directory, createHash("sha256").update(key).digest("hex"));

  async function sizeOf(path: string): Promise<number | undefined> {
    try {
      return (await stat(path)).size;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw fromFileError(error);
    }
  }

  async function store(
    path: string,
    data: AsyncIterable<Uint8Array>,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    const temporary = `${path}.${randomUUID()}${UNFINISHED}`;
    try {
      await using file = await open(temporary, "wx", 0o600);
      let size = 0;
      for await (const chunk of data) {
        signal?.throwIfAborted();
        await file.writeFile(chunk);
        size += chunk.byteLength;
      }
      signal?.throwIfAborted();
      await file.sync();
      await rename(temporary, path);
      await syncDirectory(directory);
      return size;
    } catch (error) {
      await rm(temporary, { force: true });
      throw signal?.aborted ? signal.reason : fromFileError(error);
    }
  }

  return {
    async put(key, data, { signal } = {}) {
      signal?.throwIfAborted();
      const path = pathOf(key);
      const taken = () => new ChatError("already_exists", "There is a file under this key.");
      if (beingPut.has(path)) throw taken();
      beingPut.add(path);
      try {
        if ((await sizeOf(path)) !== undefined) throw taken();
        return await store(path, data, signal);
      } finally {
        beingPut.delete(path);
      }
    },

    async get(key, { signal } = {}) {
      signal?.throwIfAborted();
      const path = pathOf(key);
      const size = await sizeOf(path);
      return size === undefined ? undefined : { size, data: contentOf(path, signal) };
    },

    async delete(key) {
      try {
        await rm(pathOf(key), { force: true });
        await syncDirectory(directory);
      } catch (error) {
        throw fromFileError(error);
      }
    },

    async close() {
      // Nothing is held between two calls.
    },
  };
}

async function* contentOf(path: string, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path, signal ? { signal } : {})) yield chunk as Uint8Array;
  } catch (error) {
    throw signal?.aborted ? signal.reason : fromFileError(error);
  }
}
