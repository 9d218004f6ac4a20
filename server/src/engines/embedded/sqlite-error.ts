import { ChatError } from "../../errors.ts";

// Primary result codes: https://www.sqlite.org/rescode.html
export const SQLITE_ERROR = 1;
const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_TOOBIG = 18;
const SQLITE_NOTADB = 26;
/** Extended code: the index of a write-ahead log can't grow, for want of room. */
const SQLITE_IOERR_SHMSIZE = 4_874;

/** The primary SQLite result code of an error that `node:sqlite` threw, undefined for any other error. */
export function sqliteCode(error: unknown): number | undefined {
  const { errcode } = error as { errcode?: unknown };
  return typeof errcode === "number" ? errcode & 0xff : undefined;
}

/** Whether another process holds the database. */
export function isSqliteBusy(error: unknown): boolean {
  return sqliteCode(error) === SQLITE_BUSY;
}

/**
 * What went wrong in terms of the ports: `data_loss` for a damaged file, `resource_exhausted` for a full disk, `unavailable` for
 * the rest. A ChatError passes through.
 */
export function fromSqliteError(error: unknown, path: string): ChatError {
  if (error instanceof ChatError) return error;
  if ((error as { errcode?: unknown }).errcode === SQLITE_IOERR_SHMSIZE) return fullDisk(error);
  switch (sqliteCode(error)) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return new ChatError("data_loss", `${path} is damaged. Restore it from a backup.`, { cause: error });
    case SQLITE_FULL:
      return fullDisk(error);
    case SQLITE_TOOBIG:
      return new ChatError("resource_exhausted", "This is too large to be stored.", { cause: error });
    default:
      return new ChatError("unavailable", "The server can't reach its storage.", { cause: error });
  }
}

function fullDisk(cause: unknown): ChatError {
  return new ChatError("resource_exhausted", "The server's disk is full.", { cause, details: { retryAfterMs: 1_000 } });
}
