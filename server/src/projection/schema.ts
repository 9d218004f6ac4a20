import { rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { KINDS } from "../domain/kinds.ts";
import { ChatError } from "../errors.ts";
import { FIRST_FORMAT, RECORD_FORMAT_VERSION } from "../log/record-format.ts";
import { makePrivateFile } from "../private-file.ts";
import { isDamage } from "./damage.ts";
import { breakSeal } from "./file-seal.ts";

/** Raised when the tables change: a projection of another version is thrown away and rebuilt from the log. */
const SCHEMA_VERSION = 5;

/** SQLite's result code where another process has the database (https://sqlite.org/rescode.html). */
const SQLITE_BUSY = 5;

const TABLES = `
  CREATE TABLE progress (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    hash BLOB NOT NULL,
    -- The highest version of the record format among the applied records.
    format INTEGER NOT NULL
  );
  -- Numbers of the kinds that applied events were of and that the server did not read.
  CREATE TABLE unknown_kind (number INTEGER PRIMARY KEY);
  -- The chain of the log (log/chain.ts): what every record must follow.
  CREATE TABLE record (
    sequence INTEGER PRIMARY KEY,
    chain BLOB NOT NULL
  );
  CREATE TABLE person (
    id INTEGER PRIMARY KEY,
    handle TEXT NOT NULL,
    display_name TEXT NOT NULL,
    removed INTEGER NOT NULL,
    -- JSON arrays.
    names TEXT NOT NULL,
    sources TEXT NOT NULL,
    version INTEGER NOT NULL
  );
  CREATE INDEX person_by_change ON person (version);
  -- Names that are taken for good. The owner is a person's id or a conversation's.
  CREATE TABLE name (
    key TEXT PRIMARY KEY,
    owner NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE conversation (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    -- The row, as a chat.v1.Conversation.
    body BLOB NOT NULL,
    version INTEGER NOT NULL,
    -- seq of the newest message, 0 while there is none; and of the newest event that changed anything in it.
    last_message_seq INTEGER NOT NULL,
    last_change_seq INTEGER NOT NULL
  );
  CREATE TABLE member (
    conversation INTEGER NOT NULL,
    person INTEGER NOT NULL,
    joined INTEGER NOT NULL,
    joined_seq INTEGER NOT NULL,
    -- How many were in the conversation after the change.
    member_count INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (conversation, person)
  ) WITHOUT ROWID;
  CREATE INDEX member_by_person ON member (person, version);
  CREATE INDEX member_by_change ON member (conversation, version);
  CREATE TABLE message (
    seq INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL,
    sender INTEGER NOT NULL,
    -- The latest time that any message so far was sent at, in ms: never falls as seq grows, so a time can be looked up by bisection.
    high_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    pinned INTEGER NOT NULL,
    -- Whether the row refers to people beside its sender.
    reacted INTEGER NOT NULL,
    -- An encoded chat.v1.Message: what clients get.
    body BLOB NOT NULL
  );
  CREATE INDEX message_by_conversation ON message (conversation, seq);
  CREATE INDEX message_by_sender ON message (sender, seq);
  -- Only what changed after it was posted: the rest is found by its seq.
  CREATE INDEX message_by_change ON message (conversation, version) WHERE version <> seq;
  CREATE INDEX message_by_pin ON message (conversation, seq) WHERE pinned = 1;
  CREATE TABLE message_version (
    message INTEGER NOT NULL,
    replaced_by INTEGER NOT NULL,
    client_id BLOB NOT NULL,
    at INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (message, replaced_by)
  ) WITHOUT ROWID;
  -- Which client_ids were used, for what. The fingerprint is of what was asked for; it goes when that is erased.
  CREATE TABLE event (
    client_id BLOB NOT NULL,
    actor INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    fingerprint BLOB,
    PRIMARY KEY (client_id, actor)
  ) WITHOUT ROWID;
  -- Events whose texts are still in the log and have to leave it.
  CREATE TABLE erasure (seq INTEGER PRIMARY KEY, erased_at INTEGER);
`;

/**
 * Opens the projection's database for this process alone. One of another epoch or schema, a damaged one, or one whose log another release read in another
 * way, is deleted and made again: everything in it comes from the log.
 *
 * @param path ":memory:" or a file in an existing directory
 * @throws ChatError `failed_precondition` when another process has it open.
 */
export function openProjectionDatabase(path: string, epoch: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = connect(path);
    prepare(database);
    const progress = hasTables(database)
      ? (database.prepare("SELECT epoch, format FROM progress").get() as Progress | undefined)
      : undefined;
    if (progress?.epoch === epoch && isReadAlike(database, progress)) return database;
    if (!progress && !hasTables(database)) return createTables(database, epoch);
    breakSeal(path);
    database.close();
  } catch (error) {
    if (database?.isOpen) database.close();
    const code = (error as { errcode?: number }).errcode ?? 0;
    if ((code & 0xff) === SQLITE_BUSY) {
      throw new ChatError("failed_precondition", `Another server uses ${path}. Give each its own data directory.`, {
        cause: error,
      });
    }
    if (!isDamage(error)) throw error;
  }
  for (const suffix of ["", "-wal", "-shm", ".seal"]) rmSync(path + suffix, { force: true });
  const made = connect(path);
  prepare(made);
  return createTables(made, epoch);
}

interface Progress {
  readonly epoch: string;
  readonly format: number;
}

/**
 * Whether this release reads all that was applied, and no more of it than the release that applied it. A later release made rows of records that this one must not
 * go on from; an earlier one passed over events that this one reads.
 */
function isReadAlike(database: DatabaseSync, { format }: Progress): boolean {
  if (format > RECORD_FORMAT_VERSION) return false;
  const passedOver = database.prepare("SELECT number FROM unknown_kind").all() as { number: number }[];
  const read = new Set<number>(Object.values(KINDS).map(({ number }) => number));
  return !passedOver.some(({ number }) => read.has(number));
}

function connect(path: string): DatabaseSync {
  if (path !== ":memory:") makePrivateFile(path);
  return new DatabaseSync(path);
}

function prepare(database: DatabaseSync): void {
  // Nothing is written before a commit, so that a full disk shows there and nowhere else. Checkpoints are the projection's own affair: see WAL_MAX_BYTES. A power loss may cost the newest transactions, never the file: what is missing is read from the log again.
  database.exec(
    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON; PRAGMA cache_size = -16384; PRAGMA cache_spill = OFF; PRAGMA wal_autocheckpoint = 0; PRAGMA temp_store = MEMORY; BEGIN IMMEDIATE; COMMIT",
  );
}

function hasTables(database: DatabaseSync): boolean {
  const { user_version: version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
  return version === SCHEMA_VERSION;
}

function createTables(database: DatabaseSync, epoch: string): DatabaseSync {
  database.exec(`BEGIN; ${TABLES} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
  database.prepare("INSERT INTO progress VALUES (1, ?, 0, ?, ?)").run(epoch, new Uint8Array(32), FIRST_FORMAT);
  return database;
}
