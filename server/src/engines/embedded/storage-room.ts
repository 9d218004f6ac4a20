import { closeSync, fsyncSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { ChatError } from "../../errors.ts";

/** How often a full disk is tried for room. */
const RETRY_MS = 1_000;

/** What has to fit before there counts as room: more than a record and its pages of the write-ahead log take most of the time. */
const PROBE = new Uint8Array(256 * 1024);

/** Whether the data directory's disk takes anything. */
export interface StorageRoom {
  /** Why not, in words for the operator. */
  reason(): string | undefined;
  /** Does the work, and notes when it fails for want of room. */
  watch<T>(work: () => Promise<T>): Promise<T>;
  close(): void;
}

/** There is room until something says otherwise. Then the disk is tried with a file of its own until there is room again. */
export function createStorageRoom({ dataDir }: { dataDir: string }): StorageRoom {
  const probe = join(dataDir, "room.probe");
  let timer: NodeJS.Timeout | undefined;

  function tryRoom(): void {
    let fits = false;
    try {
      const file = openSync(probe, "w", 0o600);
      try {
        fits = writeSync(file, PROBE) === PROBE.length;
        if (fits) fsyncSync(file);
      } finally {
        closeSync(file);
      }
    } catch {
      fits = false; // still full, or broken: it is tried again
    }
    try {
      rmSync(probe, { force: true });
    } catch {
      // a broken disk: the next try removes it
    }
    if (fits) stop();
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
  }

  return {
    reason: () =>
      timer ? "the disk of its data directory is full; it goes on by itself when there is room" : undefined,
    async watch(work) {
      try {
        const result = await work();
        if (timer) stop();
        return result;
      } catch (error) {
        if (error instanceof ChatError && error.code === "resource_exhausted") timer ??= setInterval(tryRoom, RETRY_MS);
        throw error;
      }
    },
    close: stop,
  };
}
