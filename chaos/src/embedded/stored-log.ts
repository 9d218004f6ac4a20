import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { crc32 } from "node:zlib";

/** The log of a data directory that no server uses, read without any part of the engine. */
export interface StoredLog {
  readonly epoch: string;
  /** In order, from the first. */
  readonly records: readonly Uint8Array[];
}

/** Reads the log's file. @throws Error when a record is missing or is not what its checksum says, or when there is no log */
export function readStoredLog(dataDir: string): StoredLog {
  const database = new DatabaseSync(join(dataDir, "log.db"));
  try {
    const { value: epoch } = database.prepare("SELECT value FROM meta WHERE name = 'epoch'").get() as { value: string };
    const rows = database.prepare("SELECT sequence, crc, data FROM records ORDER BY sequence").all() as {
      sequence: number;
      crc: number;
      data: Uint8Array;
    }[];
    for (const [index, { sequence, crc, data }] of rows.entries())
      if (sequence !== index + 1 || crc32(data) !== crc) throw new Error(`record ${index + 1} is not there as stored`);
    return { epoch, records: rows.map(({ data }) => data) };
  } finally {
    database.close();
  }
}
