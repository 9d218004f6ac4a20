import { ChatError } from "../errors.ts";

// Primary result codes: https://www.sqlite.org/rescode.html
const SQLITE_ERROR = 1;
const SQLITE_CORRUPT = 11;
const SQLITE_CONSTRAINT = 19;
const SQLITE_MISMATCH = 20;
const SQLITE_NOTADB = 26;

/** Codes that speak of what stands in the file: bytes that are no database, and tables other than ours. */
const OF_CONTENT: ReadonlySet<number> = new Set([
  SQLITE_ERROR,
  SQLITE_CORRUPT,
  SQLITE_CONSTRAINT,
  SQLITE_MISMATCH,
  SQLITE_NOTADB,
]);

/**
 * Whether a read model could not be read for what stands in it, so that it has to be made again from the log. Everything else (a disk that is full or fails, a
 * file that may not be opened, descriptors or memory that ran short) says nothing of the file, and making it again would cost much and not help.
 */
export function isDamage(error: unknown): boolean {
  if (error instanceof ChatError) return false;
  const { errcode, syscall } = error as { errcode?: unknown; syscall?: unknown };
  if (typeof errcode === "number") return OF_CONTENT.has(errcode & 0xff);
  return syscall === undefined;
}

/** What the operator is told where {@link isDamage} says no. A ChatError passes through. */
export function unreadable(path: string, cause: unknown): ChatError {
  if (cause instanceof ChatError) return cause;
  return new ChatError("unavailable", `The read model ${path} can't be opened. It is left as it is; see to the disk.`, {
    cause,
  });
}
