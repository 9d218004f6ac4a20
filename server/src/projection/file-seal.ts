import { closeSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from "node:fs";
import { crc32 } from "node:zlib";

/** Read at a time. */
const CHUNK_BYTES = 1024 * 1024;

/**
 * What a database's main file is, while its changes go to the write-ahead log alone: SQLite has checksums there and none in the main file, where a
 * flipped bit would be served as what somebody said. About 0.5 s a million events.
 */
export type SealState = "whole" | "damaged" | "unsealed";

/** Compares the file with its seal. */
export function sealStateOf(path: string): SealState {
  let seal: string;
  try {
    seal = readFileSync(sealOf(path), "utf8");
  } catch {
    return "unsealed"; // none was made, or it can't be read: then it says nothing
  }
  return seal === sumOf(path) ? "whole" : "damaged";
}

/** Takes down what the file is now. Call while nobody has it open and it has no write-ahead log. Never throws. */
export function sealFile(path: string): void {
  try {
    writeFileSync(sealOf(path), sumOf(path), { mode: 0o600 });
  } catch {
    breakSeal(path); // the disk is full or broken
  }
}

/** Has to be called before the file changes. @throws the system's error: the file may not change then */
export function breakSeal(path: string): void {
  rmSync(sealOf(path), { force: true });
}

const sealOf = (path: string): string => `${path}.seal`;

function sumOf(path: string): string {
  const file = openSync(path, "r");
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    let crc = 0;
    let size = 0;
    for (;;) {
      const length = readSync(file, chunk, 0, CHUNK_BYTES, size);
      if (length === 0) return `${size} ${crc}\n`;
      crc = crc32(chunk.subarray(0, length), crc);
      size += length;
    }
  } finally {
    closeSync(file);
  }
}
