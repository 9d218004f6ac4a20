import { chmodSync, closeSync, mkdirSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Only the owner reads and writes. */
const FILE_MODE = 0o600;
/** Only the owner enters. */
const DIRECTORY_MODE = 0o700;

/**
 * Makes a file for the owner alone, or takes what others may do with it away. SQLite gives its write-ahead log and index the mode of their database, so
 * it is enough to call this before a database is opened.
 * @throws the system's error
 */
export function makePrivateFile(path: string): void {
  closeSync(openSync(path, "a", FILE_MODE));
  chmodSync(path, FILE_MODE); // the umask may have narrowed it, an earlier release may have left it open
}

/** Makes a directory for the owner alone, with those above it, or takes what others may do with it away. @throws the system's error */
export function makePrivateDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: DIRECTORY_MODE });
  chmodSync(path, DIRECTORY_MODE);
}

/** Does so for a directory and everything below it, whatever the umask was when it was made. @throws the system's error */
export function makePrivateTree(path: string): void {
  makePrivateDirectory(path);
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inside = join(path, entry.name);
    if (entry.isDirectory()) makePrivateTree(inside);
    else if (entry.isFile()) chmodSync(inside, FILE_MODE);
  }
}
