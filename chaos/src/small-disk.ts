import { execFile, spawnSync } from "node:child_process";
import { mkdir, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Room for a few minutes' streams, and soon full. */
const SIZE_MB = 192;

/** What goes back to the disk a little at a time once the rest is full: nothing is left for records then. */
const CHUNK_BYTES = 1024 * 1024;
const LAST_BYTES = 4 * 1024;

/** A small file system in memory that can be filled up. */
export interface SmallDisk extends AsyncDisposable {
  /** Leaves no byte free. */
  fill(): Promise<void>;
  /** Gives the space back. */
  empty(): Promise<void>;
}

/** Mounts one. Gives the reason instead where that is not allowed. */
export async function mountSmallDisk(directory: string): Promise<SmallDisk | { readonly refused: string }> {
  await mkdir(directory, { recursive: true });
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${SIZE_MB}m`, "chat-chaos", directory]);
  } catch (error) {
    return { refused: `a small disk can't be mounted here (${(error as Error).message.trim().split("\n").at(-1)})` };
  }
  const unmount = (): void => void spawnSync("umount", ["-l", directory]);
  process.once("exit", unmount);
  const filler = join(directory, "filler");
  return {
    async fill() {
      const { bavail, bsize } = await statfs(directory);
      await writeAll(filler, Math.max(0, bavail * bsize - CHUNK_BYTES), CHUNK_BYTES);
      await writeAll(`${filler}-rest`, CHUNK_BYTES * 2, LAST_BYTES);
    },
    async empty() {
      await rm(filler, { force: true });
      await rm(`${filler}-rest`, { force: true });
    },
    async [Symbol.asyncDispose]() {
      process.removeListener("exit", unmount);
      unmount();
    },
  };
}

async function writeAll(file: string, bytes: number, chunkBytes: number): Promise<void> {
  const chunk = new Uint8Array(chunkBytes);
  try {
    for (let written = 0; written < bytes; written += chunkBytes) await writeFile(file, chunk, { flag: "a" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error; // full: that is what was wanted
  }
}
