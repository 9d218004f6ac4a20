import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { ChatError } from "../../errors.ts";
import { makePrivateFile } from "../../private-file.ts";
import type { EntryChange } from "./change-queue.ts";
import { openLogHeadFile } from "./log-head-file.ts";
import { fromSqliteError, SQLITE_ERROR, sqliteCode } from "./sqlite-error.ts";

/** Version of the file's format, in `PRAGMA user_version`. */
const FORMAT = 1;

// `store` has one row: the name of this store and the last revision given out, which no entry carries any more once it was removed.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS store (id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL, revision INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS entry (
    bucket TEXT NOT NULL, key TEXT NOT NULL, revision INTEGER NOT NULL, crc INTEGER NOT NULL, json TEXT NOT NULL,
    PRIMARY KEY (bucket, key)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX IF NOT EXISTS entry_by_revision ON entry (bucket, revision);`;

/** One entry as it is stored. */
interface StoredEntry {
  readonly key: string;
  readonly revision: number;
  readonly json: string;
}

/** The entries of all buckets, on the disk. All calls are synchronous. */
export interface EntryTable {
  /** The newest that is on the disk; one row of numbers for all buckets. */
  readonly revision: number;
  /** @throws ChatError `data_loss` when the entry is not what was stored; `unavailable` when the file can't be read */
  get(bucket: string, key: string): StoredEntry | undefined;
  /** Entries of a bucket with revisions between, in order. @throws as `get` does */
  page(bucket: string, range: { after: number; until: number; limit: number }): StoredEntry[];
  /**
   * Carries out all changes, or none, and syncs them.
   * @throws ChatError `resource_exhausted` on a full disk, `unavailable` when the file can't be written
   */
  write(changes: readonly { readonly bucket: string; readonly change: EntryChange }[]): void;
  /** What was removed or replaced leaves the write-ahead log as well: in the file, secure_delete has blanked it. @throws as `write` does */
  scrub(): void;
  close(): void;
}

/**
 * Opens the file or makes it. Each entry carries a checksum, for SQLite has none in its main file; all are checked here, and the newest revision is held
 * against a witness beside the file, since SQLite drops the damaged end of a write-ahead log without a word.
 *
 * @throws ChatError `data_loss` when a file is damaged or lost entries, `failed_precondition` when a newer release wrote it.
 */
export function openEntryTable({ path, headPath }: { path: string; headPath: string }): EntryTable {
  const { database, name, revision: opened } = open(path);
  const witness = openLogHeadFile(headPath);
  let revision = opened;
  try {
    const { found } = witness;
    if (found && (found.epoch !== name || found.sequence > revision)) {
      const why = found.epoch === name ? "it lacks what was stored last" : "it is another one than was here before";
      throw new ChatError(
        "data_loss",
        `${path} lost entries: ${why}. It or its write-ahead log was damaged, cut off or exchanged.\n` +
          `Restore the data directory from a backup. To go on with what it holds, delete ${headPath} and start again.`,
      );
    }
    checkAll(database, path);
    witness.note({ epoch: name, sequence: revision });
  } catch (error) {
    witness.close();
    database.close();
    throw openingError(error, path);
  }

  const select = database.prepare("SELECT revision, crc, json FROM entry WHERE bucket = ? AND key = ?");
  const selectPage = database.prepare(
    "SELECT key, revision, crc, json FROM entry WHERE bucket = ? AND revision > ? AND revision <= ? ORDER BY revision LIMIT ?",
  );
  const upsert = database.prepare(
    "INSERT INTO entry (bucket, key, revision, crc, json) VALUES (?, ?, ?, ?, ?) ON CONFLICT (bucket, key) DO UPDATE SET revision = excluded.revision, crc = excluded.crc, json = excluded.json",
  );
  const remove = database.prepare("DELETE FROM entry WHERE bucket = ? AND key = ?");
  const saveRevision = database.prepare("UPDATE store SET revision = ?");

  function guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw fromSqliteError(error, path);
    }
  }

  return {
    get revision() {
      return revision;
    },
    get(bucket, key) {
      return guarded(() => {
        const row = select.get(bucket, key);
        return row && intact({ ...row, bucket, key } as unknown as Row, path);
      });
    },
    page(bucket, { after, until, limit }) {
      return guarded(() =>
        selectPage.all(bucket, after, until, limit).map((row) => intact({ ...row, bucket } as unknown as Row, path)),
      );
    },
    write(changes) {
      const last = changes.at(-1)?.change.revision ?? revision;
      guarded(() => {
        try {
          database.exec("BEGIN IMMEDIATE");
          for (const { bucket, change } of changes) {
            const { key, json } = change;
            if (json === undefined) remove.run(bucket, key);
            else upsert.run(bucket, key, change.revision, sumOf({ ...change, bucket, json }), json);
          }
          saveRevision.run(last);
          database.exec("COMMIT");
        } catch (error) {
          if (database.isTransaction) database.exec("ROLLBACK"); // a full disk may have done that already
          throw error;
        }
      });
      revision = last;
      witness.note({ epoch: name, sequence: revision });
    },
    scrub() {
      guarded(() => database.exec("PRAGMA wal_checkpoint(TRUNCATE)"));
    },
    close() {
      witness.close();
      database.close();
    },
  };
}

interface Row extends StoredEntry {
  readonly bucket: string;
  readonly crc: number;
}

function sumOf({ bucket, key, revision, json }: Omit<Row, "crc">): number {
  return crc32(json, crc32(`${bucket}\0${key}\0${revision}\0`));
}

/** @throws ChatError `data_loss` */
function intact(row: Row, path: string): StoredEntry {
  if (sumOf(row) !== row.crc) throw damaged(path);
  return row;
}

function damaged(path: string): ChatError {
  return new ChatError("data_loss", `${path} is damaged. Restore it from a backup.`);
}

/** About 0.3 s for 100,000 entries. @throws ChatError `data_loss` */
function checkAll(database: DatabaseSync, path: string): void {
  if (database.prepare("PRAGMA integrity_check(1)").get()?.integrity_check !== "ok") throw damaged(path);
  const rows = database.prepare("SELECT bucket, key, revision, crc, json FROM entry NOT INDEXED").iterate();
  for (const row of rows) intact(row as unknown as Row, path);
}

function open(path: string): { database: DatabaseSync; name: string; revision: number } {
  let database: DatabaseSync | undefined;
  try {
    makePrivateFile(path);
    database = new DatabaseSync(path);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON");
    const format = database.prepare("PRAGMA user_version").get()?.user_version as number;
    if (format > FORMAT) {
      throw new ChatError("failed_precondition", `${path} was written by a newer release (format ${format}).`);
    }
    if (format < FORMAT) {
      database.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version = ${FORMAT};`);
      database.prepare("INSERT OR IGNORE INTO store (id, name, revision) VALUES (1, ?, 0)").run(randomUUID());
      database.exec("COMMIT");
    }
    const store = database.prepare("SELECT name, revision FROM store").get() as { name: string; revision: number };
    return { database, ...store };
  } catch (error) {
    database?.close();
    throw openingError(error, path);
  }
}

/** A file whose tables SQLite does not understand is a damaged one, and one that can't be opened stays shut with words for the operator. */
function openingError(error: unknown, path: string): ChatError {
  if (sqliteCode(error) === SQLITE_ERROR) return damaged(path);
  const translated = fromSqliteError(error, path);
  if (translated.code !== "unavailable") return translated;
  return new ChatError(
    "failed_precondition",
    `${path} can't be opened. Look at its mode and its disk; if it is damaged, restore it from a backup.`,
    { cause: error },
  );
}
