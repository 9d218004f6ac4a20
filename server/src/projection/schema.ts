import { rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { ChatError } from "../errors.ts";
import { makePrivateFile } from "../private-file.ts";
import { breakSeal } from "./file-seal.ts";

/** Raised when the tables change: a projection of another version is thrown away and rebuilt from the log. */
const SCHEMA_VERSION = 1;

/** SQLite's result codes that this module acts on (https://sqlite.org/rescode.html). */
const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

const TABLES = `
  CREATE TABLE progress (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    hash BLOB NOT NULL
  );
  CREATE TABLE person (
    id INTEGER PRIMARY KEY,
    handle TEXT NOT NULL UNIQUE
  );
  CREATE TABLE conversation (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    topic TEXT NOT NULL,
    last_seq INTEGER NOT NULL,
    last_message_seq INTEGER NOT NULL
  );
  -- One row a stay: from the event that brought the person in to the one that took them out.
  CREATE TABLE stay (
    conversation INTEGER NOT NULL,
    person INTEGER NOT NULL,
    from_seq INTEGER NOT NULL,
    to_seq INTEGER
  );
  CREATE INDEX stay_by_person ON stay (person, to_seq);
  CREATE TABLE event (
    seq INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL,
    actor INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    client_id BLOB NOT NULL,
    -- The latest time any event so far was stamped with, in ms: grows with seq, so a time can be looked up by bisection.
    high_at INTEGER NOT NULL,
    body BLOB NOT NULL
  );
  CREATE UNIQUE INDEX event_by_client_id ON event (actor, client_id);
  CREATE INDEX event_by_conversation ON event (conversation, seq);
  CREATE INDEX event_by_actor ON event (actor, seq);
`;

/**
 * Opens the projection's database for this process alone. One of another epoch or schema, or a damaged one, is deleted and made
 * anew: everything in it comes from the log.
 *
 * @param path ":memory:" or a file in an existing directory
 * @throws ChatError `failed_precondition` when another process has it open.
 */
export function openProjectionDatabase(path: string, epoch: string): DatabaseSync {
  try {
    const database = open(path);
    const progress = hasTables(database)
      ? (database.prepare("SELECT epoch FROM progress").get() as { epoch: string } | undefined)
      : undefined;
    if (progress?.epoch === epoch) return database;
    if (!progress && !hasTables(database)) return createTables(database, epoch);
    breakSeal(path);
    database.close();
  } catch (error) {
    const code = (error as { errcode?: number }).errcode ?? 0;
    if ((code & 0xff) === SQLITE_BUSY) {
      throw new ChatError("failed_precondition", `Another server uses ${path}. Give each its own data directory.`, {
        cause: error,
      });
    }
    if (code !== SQLITE_CORRUPT && code !== SQLITE_NOTADB) throw error;
  }
  for (const suffix of ["", "-wal", "-shm", ".seal"]) rmSync(path + suffix, { force: true });
  return createTables(open(path), epoch);
}

function open(path: string): DatabaseSync {
  if (path !== ":memory:") makePrivateFile(path);
  const database = new DatabaseSync(path);
  // Nothing is written before a commit, so that a full disk shows there and nowhere else. Checkpoints are the projection's own affair: see WAL_MAX_BYTES. A power loss may cost the newest transactions, never the file: what is missing is read from the log again.
  database.exec(
    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384; PRAGMA cache_spill = OFF; PRAGMA wal_autocheckpoint = 0; PRAGMA temp_store = MEMORY; BEGIN IMMEDIATE; COMMIT",
  );
  return database;
}

function hasTables(database: DatabaseSync): boolean {
  const { user_version: version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
  return version === SCHEMA_VERSION;
}

function createTables(database: DatabaseSync, epoch: string): DatabaseSync {
  database.exec(`BEGIN; ${TABLES} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
  database.prepare("INSERT INTO progress VALUES (1, ?, 0, ?)").run(epoch, new Uint8Array(32));
  return database;
}
