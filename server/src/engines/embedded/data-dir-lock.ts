import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ChatError } from "../../errors.ts";
import { makePrivateFile } from "../../private-file.ts";
import { isSqliteBusy } from "./sqlite-error.ts";

/** A data directory that this process alone uses. */
export interface DataDirLock {
  /** Lets others use it. Never throws. */
  release(): void;
}

/**
 * Claims a data directory for this process. The claim is the file lock of an open SQLite transaction, which the operating system
 * drops with the process however it ends: there is no stale lock to clean up.
 *
 * @throws ChatError `failed_precondition` that names the directory, and the other process where it is known.
 */
export function lockDataDir(dataDir: string): DataDirLock {
  const pidFile = join(dataDir, "lock.pid");
  const lockFile = join(dataDir, "lock.db");
  makePrivateFile(lockFile);
  let database = new DatabaseSync(lockFile);
  const claim = (): void => database.exec("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
  try {
    try {
      claim();
    } catch (error) {
      if (isSqliteBusy(error)) throw error;
      // Damaged. There is nothing in it; emptied in place, it keeps the lock of whoever may hold it.
      database.close();
      truncateSync(lockFile);
      database = new DatabaseSync(lockFile);
      claim();
    }
  } catch (error) {
    if (database.isOpen) database.close();
    if (!isSqliteBusy(error)) {
      throw new ChatError("failed_precondition", `The data directory ${dataDir} can't be locked.`, { cause: error });
    }
    const holder = readPid(pidFile);
    throw new ChatError(
      "failed_precondition",
      `The data directory ${dataDir} is in use by another server${holder ? ` (process ${holder})` : ""}. ` +
        "Stop it, use another DATA_DIR, or set NATS_URL to run several servers side by side.",
      { cause: error },
    );
  }
  writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  function release(): void {
    process.off("exit", release);
    if (!database.isOpen) return;
    rmSync(pidFile, { force: true });
    database.close();
  }
  // Nothing else may refer to the lock while the log is in use, and a database that is collected as garbage lets go of its lock.
  process.on("exit", release);
  return { release };
}

/** For the message alone: the file may be missing or left over from a process that was killed. */
function readPid(pidFile: string): string | undefined {
  try {
    return /^\d+/.exec(readFileSync(pidFile, "utf8"))?.[0];
  } catch {
    return undefined; // the other process has not written it yet
  }
}
