import { closeSync, openSync, readdirSync, readSync, statSync, truncateSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "../random.ts";

/** Damage is done to the last so many bytes of a file: four pages of SQLite. */
const TAIL_BYTES = 4 * 4_096;

/** The files of a data directory, by what they are. A file may be absent: there was nothing to write yet. */
export const FILES = {
  log: ["log.db"],
  "log's write-ahead log": ["log.db-wal"],
  "log's index of that": ["log.db-shm"],
  "log's witness": ["log.head"],
  projection: ["projection.db"],
  "projection's write-ahead log": ["projection.db-wal"],
  "projection's seal": ["projection.db.seal"],
  entries: ["kv.db"],
  "entries' write-ahead log": ["kv.db-wal"],
  "entries' index of that": ["kv.db-shm"],
  "entries' witness": ["kv.head"],
  lock: ["lock.db"],
  "lock's journal": ["lock.db-journal"],
} as const;

/** One of the keys of {@link FILES}. */
export type FileKind = keyof typeof FILES;

/** Files that are made anew by themselves when they are damaged: that a server refuses to start for them is a broken promise. */
export const DISPOSABLE: ReadonlySet<FileKind> = new Set([
  "log's index of that",
  "log's witness",
  "entries' index of that",
  "entries' witness",
  "projection",
  "projection's write-ahead log",
  "projection's seal",
  "lock",
  "lock's journal",
]);

/** Ways to damage a file. */
export const DAMAGES = ["truncate", "empty", "flip", "zero"] as const;

/** One of {@link DAMAGES}. */
export type DamageKind = (typeof DAMAGES)[number];

/**
 * Damages a file in its last pages: cuts it short anywhere there, empties it, flips one bit, or fills a stretch with zeros as a file system does that
 * had written the length and not the content. Gives what it did in words, undefined where there was nothing to damage.
 */
export function damageFile(dataDir: string, file: FileKind, how: DamageKind, random: Random): string | undefined {
  const [name] = FILES[file];
  const path = join(dataDir, name);
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const at = random.int(Math.max(0, size - TAIL_BYTES), Math.max(0, size - 1));
  const length = random.int(1, 4_096);
  const bit = random.int(0, 7);
  if (size === 0) return undefined;
  switch (how) {
    case "truncate":
      truncateSync(path, at);
      return `${name} cut from ${size} to ${at} bytes`;
    case "empty":
      truncateSync(path, 0);
      return `${name} emptied of ${size} bytes`;
    case "flip":
      rewrite(path, at, 1, (byte) => byte ^ (1 << bit));
      return `${name}: bit ${bit} flipped in byte ${at} of ${size}`;
    case "zero":
      return rewrite(path, at, Math.min(length, size - at), () => 0)
        ? `${name}: zeros from ${at} of ${size}`
        : undefined;
  }
}

/** Files of a data directory that {@link FILES} does not know: a new kind of file needs a decision what its damage comes to. */
export function unknownFiles(dataDir: string): string[] {
  const known = new Set<string>([...Object.values(FILES).flat(), "lock.pid", "projection.db-shm", "room.probe"]);
  return readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dataDir.length + 1))
    .filter((name) => !known.has(name) && !name.endsWith(".new") && !name.startsWith("blobs/"));
}

/** Returns whether anything changed. */
function rewrite(path: string, at: number, length: number, change: (byte: number) => number): boolean {
  const file = openSync(path, "r+");
  try {
    const before = Buffer.alloc(length);
    readSync(file, before, 0, length, at);
    const after = before.map(change);
    writeSync(file, after, 0, length, at);
    return !before.equals(after);
  } finally {
    closeSync(file);
  }
}
