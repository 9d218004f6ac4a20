import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Where the witness of the entries keeps its two heads, and the number within each. */
const PLACES = [0, 4_096];
const SEQUENCE_AT = 4;

/**
 * The key-value store of a data directory that no server uses, read without any part of the engine: JSON by bucket and key.
 *
 * @param options.answered leave out what was written in the moment of the kill and nobody was told of
 * @throws Error when there is none or it can't be read
 */
export function readStoredEntries(dataDir: string, options: { answered?: boolean } = {}): Map<string, string> {
  const newest = options.answered ? witnessedRevision(join(dataDir, "kv.head")) : Number.MAX_SAFE_INTEGER;
  const database = new DatabaseSync(join(dataDir, "kv.db"));
  try {
    const rows = database.prepare("SELECT bucket, key, json FROM entry WHERE revision <= ?").all(newest) as {
      bucket: string;
      key: string;
      json: string;
    }[];
    return new Map(rows.map(({ bucket, key, json }) => [`${bucket}/${key}`, json]));
  } finally {
    database.close();
  }
}

function witnessedRevision(path: string): number {
  const content = readFileSync(path);
  const revisions = PLACES.filter((at) => at < content.length).map((at) => content.readBigUInt64BE(at + SEQUENCE_AT));
  return Math.max(0, ...revisions.map(Number));
}
