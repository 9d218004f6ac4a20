import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { LRUCache } from "lru-cache";
import { ChatError } from "../../errors.ts";
import { nextChain, sameChain } from "../../log/chain.ts";
import type { KnownPast } from "../../log/continuity.ts";
import { storedDigest } from "../../log/record-codec.ts";
import type { LogRecord, RecordLog } from "../../log/record-log.ts";
import { makePrivateFile } from "../../private-file.ts";
import type { EngineLogger } from "../engine-logger.ts";
import { createWakeup } from "../wakeup.ts";
import { createLogCheck } from "./log-check.ts";
import { type Continuity, judgeContinuity, lost } from "./log-continuity.ts";
import { openLogHeadFile } from "./log-head-file.ts";
import { fromSqliteError } from "./sqlite-error.ts";

/** Version of the file's format, in `PRAGMA user_version`. */
const FORMAT = 1;

/** Records fetched at a time. Bounds the memory of a reader, for a record may hold thousands of events. */
const PAGE_RECORDS = 64;

/** How many of the newest records can be told from a repeat. Those of the last start are among them. */
const REMEMBERED_IDS = 1_000;

// AUTOINCREMENT keeps the highest sequence ever given out beside the table, so records missing at the end are noticed, too.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS records (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, crc INTEGER NOT NULL, data BLOB NOT NULL
  ) STRICT;`;

/** A {@link RecordLog} in one SQLite file. A record whose bytes no longer match their checksum counts as missing. */
export interface EmbeddedRecordLog extends RecordLog {
  /** Why it can't be used any more, once that is so. */
  failure(): string | undefined;
}

/**
 * Opens the log, or makes it. An append is one synced transaction and blocks this thread for as long as the disk takes, so group the
 * events above it. For one process: `data-dir-lock.ts` sees to that.
 *
 * What was stored once and is no longer there is never passed over: the log is held against its witness (`log-head-file.ts`) and against what the
 * projection was made of, its newest records are checked before it is used, and all of them soon after.
 *
 * @param options.headPath the witness
 * @param options.applied what a projection was made from, where there is one
 * @param options.acceptNewLog takes a log that is not what it was: under a new epoch, so that clients load everything again
 * @throws ChatError `data_loss` when the file is damaged or lost records, `failed_precondition` when a newer release wrote it.
 */
export function createEmbeddedRecordLog(options: {
  path: string;
  headPath: string;
  applied?: KnownPast | undefined;
  acceptNewLog?: boolean;
  logger?: EngineLogger | undefined;
}): EmbeddedRecordLog {
  const { path, applied, acceptNewLog = false, logger } = options;
  // Before one is made that is empty.
  if (applied && applied.sequence > 0 && !existsSync(path) && !acceptNewLog)
    throw lost(path, `it is missing, though ${applied.sequence} records were applied from a log`);
  const { database, ...opened } = open(path);
  const witness = openLogHeadFile(options.headPath);
  const check = createLogCheck({ database, path });
  const insert = database.prepare("INSERT INTO records (id, crc, data) VALUES (?, ?, ?)");
  const select = database.prepare(
    "SELECT sequence, crc, data FROM records WHERE sequence > ? ORDER BY sequence LIMIT ?",
  );
  const one = database.prepare("SELECT sequence, crc, data FROM records WHERE sequence = ?");
  const overwrite = database.prepare("UPDATE records SET crc = ?, data = ? WHERE sequence = ?");
  // Either may be damaged; neither may hide what the other knows of.
  const newest = database.prepare(
    "SELECT max((SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = 'records'), (SELECT ifnull(max(sequence), 0) FROM records)) AS sequence",
  );
  const oldest = database.prepare("SELECT min(sequence) AS sequence FROM records");
  const ids = new LRUCache<string, number>({ max: REMEMBERED_IDS });
  const wakeup = createWakeup();
  const closing = new AbortController();
  let { epoch } = opened;
  let head = 0;
  let failed: string | undefined;
  let stopChecking = (): void => {};

  function guarded<T>(work: () => T): T {
    if (closing.signal.aborted) throw new ChatError("unavailable", "The server is shutting down.");
    try {
      return work();
    } catch (error) {
      const translated = fromSqliteError(error, path);
      if (translated.code === "data_loss") failed = translated.message;
      throw translated;
    }
  }

  function continuity(): Continuity {
    try {
      const judged = judgeContinuity({ path, log: { epoch, sequence: head }, witness: witness.found, applied });
      assertApplied();
      return judged;
    } catch (error) {
      if (!acceptNewLog || !(error instanceof ChatError)) throw error;
      logger?.warn({ err: error }, "the log is taken as it is");
      return "unproven";
    }
  }

  /** @throws ChatError `data_loss` when the newest record that was applied is another one now */
  function assertApplied(): void {
    if (applied?.epoch !== epoch || applied.sequence === 0) return;
    const { sequence } = applied;
    const [before, here] = [applied.chainAt(sequence - 1), applied.chainAt(sequence)];
    const row = one.get(sequence) as StoredRecord | undefined;
    if (!before || !row || crc32(row.data) !== row.crc) return; // a hole or damage: told by what looks for those
    if (!sameChain(nextChain(before, sequence, storedDigest(row.data)), here))
      throw lost(path, `its record ${sequence} is not the one that was applied`);
  }

  function begin(): void {
    head = sequenceOf(newest.get()) ?? 0;
    if (continuity() === "unproven") {
      epoch = renewEpoch(database);
      logger?.warn(
        { path, epoch },
        "nothing says whether the log is whole: it goes by a new epoch, and every client loads anew",
      );
    }
    check.newest(head);
    witness.note({ epoch, sequence: head });
    const recent = database
      .prepare("SELECT id, sequence FROM records ORDER BY sequence DESC LIMIT ?")
      .all(REMEMBERED_IDS);
    for (const { id, sequence } of recent.reverse()) ids.set(id as string, sequence as number);
    stopChecking = check.all(head, (error) => {
      const { message } = fromSqliteError(error, path);
      failed = message;
      logger?.error({ alarm: "log-damaged", err: error }, message);
    });
  }
  try {
    guarded(begin);
  } catch (error) {
    witness.close();
    database.close();
    throw error;
  }

  return {
    epoch,
    failure: () => failed,

    async append(record, { id, signal }) {
      signal?.throwIfAborted();
      const known = ids.get(id);
      if (known !== undefined) return known;
      head = guarded(() => Number(insert.run(id, crc32(record), record).lastInsertRowid));
      witness.note({ epoch, sequence: head });
      ids.set(id, head);
      wakeup.wake();
      return head;
    },

    async get(sequence, { signal } = {}) {
      signal?.throwIfAborted();
      const row = guarded(() => one.get(sequence)) as unknown as StoredRecord | undefined;
      return row && crc32(row.data) === row.crc ? row.data : undefined;
    },

    // Nothing comes between this process and its file: there is no touch to lose, and nothing to verify.
    async *read({ after, signal }): AsyncGenerator<LogRecord> {
      if (after > head) {
        throw new ChatError("data_loss", `The log ends at record ${head}, though record ${after} was read from it.`);
      }
      const ended = AbortSignal.any([signal, closing.signal]);
      let position = after;
      while (!ended.aborted) {
        const known = head;
        const page = guarded(() => select.all(position, PAGE_RECORDS)) as unknown as StoredRecord[];
        for (const { sequence, crc, data } of page) {
          while (position + 1 < sequence && !ended.aborted) yield { sequence: ++position, data: undefined };
          if (ended.aborted) return;
          position = sequence;
          yield { sequence, data: crc32(data) === crc ? data : undefined };
        }
        if (page.length === PAGE_RECORDS) continue;
        while (position < known && !ended.aborted) yield { sequence: ++position, data: undefined };
        if (position === head) await wakeup.next(ended);
      }
    },

    async head() {
      return guarded(() => head);
    },

    async first() {
      return guarded(() => sequenceOf(oldest.get()) ?? head + 1);
    },

    async replace(sequence, record) {
      guarded(() => {
        if (overwrite.run(crc32(record), record, sequence).changes === 0) {
          throw new ChatError("not_found", `There is no record ${sequence} in the log.`);
        }
        // secure_delete has blanked the old bytes in the database; here they leave the write-ahead log as well.
        database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      });
    },

    async close() {
      if (closing.signal.aborted) return;
      closing.abort();
      stopChecking();
      witness.close();
      database.close();
    },
  };
}

interface StoredRecord {
  readonly sequence: number;
  readonly crc: number;
  readonly data: Uint8Array;
}

function open(path: string): { database: DatabaseSync; epoch: string } {
  let database: DatabaseSync | undefined;
  try {
    makePrivateFile(path);
    database = new DatabaseSync(path);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON");
    const format = database.prepare("PRAGMA user_version").get()?.user_version as number;
    if (format > FORMAT) {
      throw new ChatError("failed_precondition", `The log ${path} was written by a newer release (format ${format}).`);
    }
    database.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version = ${FORMAT};`);
    database.prepare("INSERT OR IGNORE INTO meta (name, value) VALUES ('epoch', ?)").run(randomUUID());
    const epoch = database.prepare("SELECT value FROM meta WHERE name = 'epoch'").get()?.value as string;
    database.exec("COMMIT");
    return { database, epoch };
  } catch (error) {
    database?.close();
    throw fromSqliteError(error, path);
  }
}

/** Gives the log another name: who knew it under the old one has to load anew. */
function renewEpoch(database: DatabaseSync): string {
  const epoch = randomUUID();
  database.prepare("UPDATE meta SET value = ? WHERE name = 'epoch'").run(epoch);
  return epoch;
}

function sequenceOf(row: Record<string, unknown> | undefined): number | undefined {
  return (row?.sequence as number | null | undefined) ?? undefined;
}
