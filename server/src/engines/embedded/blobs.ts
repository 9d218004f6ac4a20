import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Blobs } from "../../blobs.ts";
import { ChatError } from "../../errors.ts";
import { makePrivateDirectory } from "../../private-file.ts";
import { createContentSum, damagedBlob, readSeal } from "./blob-seal.ts";
import { fromFileError, isMissing } from "./file-error.ts";
import { syncDirectory } from "./sync-directory.ts";

const UNFINISHED = ".part";

/**
 * {@link Blobs} as files of one directory. A file is named by the hash of its key, since file systems may ignore case, and ends with a
 * seal (`blob-seal.ts`): one that was cut off or damaged is refused, not served.
 */
export async function createEmbeddedBlobs({ directory }: { directory: string }): Promise<Blobs> {
  makePrivateDirectory(directory);
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
      const sum = createContentSum();
      for await (const chunk of data) {
        signal?.throwIfAborted();
        await file.writeFile(chunk);
        sum.add(chunk);
        size += chunk.byteLength;
      }
      signal?.throwIfAborted();
      await file.writeFile(sum.seal());
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
      if ((await sizeOf(path)) === undefined) return undefined;
      try {
        await using file = await open(path);
        const { size, seal } = await readSeal(file, path);
        return { size, data: contentOf({ path, size, seal, signal }) };
      } catch (error) {
        throw fromFileError(error);
      }
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

/** @throws ChatError `data_loss` at the end, when what was read is not what was stored */
async function* contentOf(options: {
  path: string;
  size: number;
  seal: Uint8Array;
  signal: AbortSignal | undefined;
}): AsyncGenerator<Uint8Array> {
  const { path, size, seal, signal } = options;
  if (size === 0) return;
  const sum = createContentSum();
  try {
    for await (const chunk of createReadStream(path, { end: size - 1, ...(signal && { signal }) })) {
      sum.add(chunk as Uint8Array);
      yield chunk as Uint8Array;
    }
  } catch (error) {
    throw signal?.aborted ? signal.reason : fromFileError(error);
  }
  if (!Buffer.from(seal).equals(sum.seal())) throw damagedBlob(path);
}
