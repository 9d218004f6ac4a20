import { accessSync, chmodSync, closeSync, constants, mkdirSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ChatError } from "./errors.ts";

/** Only the owner reads and writes. */
const FILE_MODE = 0o600;
/** Only the owner enters. */
const DIRECTORY_MODE = 0o700;

/** What of a data directory is the server's own. All else in it may be somebody else's and is left alone. */
const OWN_FILES = /^(log|kv|lock|projection(-\d+)?)\.(db|head|pid)/;
const OWN_DIRECTORIES: ReadonlySet<string> = new Set(["blobs", "tls"]);

/** Why a directory can't be used, by the system's code. */
const REASONS: Readonly<Record<string, string>> = {
  EROFS: "its file system is read-only",
  EACCES: "this user may not write there",
  EPERM: "this user may not write there",
  ENOSPC: "the disk is full",
  ENOTDIR: "part of its path is a file",
  EEXIST: "there is a file of that name",
  ENOENT: "it can't be made there",
};

/**
 * Makes a file for the owner alone, or takes what others may do with it away. SQLite gives its write-ahead log and index the mode of their database, so
 * it is enough to call this before a database is opened.
 * @throws the system's error
 */
export function makePrivateFile(path: string): void {
  closeSync(openSync(path, "a", FILE_MODE));
  restrict(path, FILE_MODE);
}

/** Makes a directory for the owner alone, with those above it, or takes what others may do with it away. @throws the system's error */
export function makePrivateDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: DIRECTORY_MODE });
  restrict(path, DIRECTORY_MODE);
}

/**
 * Makes a data directory that this process can write to, for the owner alone, whatever an earlier release left there.
 * @throws ChatError `failed_precondition` when it can't be written
 */
export function prepareDataDir(dataDir: string): void {
  try {
    makePrivateDirectory(dataDir);
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    for (const entry of readdirSync(dataDir, { withFileTypes: true })) {
      const path = join(dataDir, entry.name);
      if (entry.isFile() && OWN_FILES.test(entry.name)) restrict(path, FILE_MODE);
      if (!entry.isDirectory() || !OWN_DIRECTORIES.has(entry.name)) continue;
      restrict(path, DIRECTORY_MODE);
      for (const file of readdirSync(path, { withFileTypes: true }))
        if (file.isFile()) restrict(join(path, file.name), FILE_MODE);
    }
  } catch (cause) {
    const why = REASONS[(cause as NodeJS.ErrnoException).code ?? ""] ?? (cause as Error).message;
    throw new ChatError(
      "failed_precondition",
      `The data directory ${dataDir} can't be used: ${why}. Give the server's user the right to write it, or set DATA_DIR to another one.`,
    );
  }
}

function restrict(path: string, mode: number): void {
  try {
    chmodSync(path, mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Somebody else's, as a mounted volume may be: whether it can be written shows elsewhere. A read-only one shows there, too.
    if (code !== "EPERM" && code !== "EROFS") throw error;
  }
}
