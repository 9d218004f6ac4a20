import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import type { BackupSummary } from "../backups.ts";
import { ChatError } from "../errors.ts";
import { CHAIN_START, nextChain } from "../log/chain.ts";
import { storedDigest } from "../log/record-codec.ts";

const MANIFEST = "backup.json";

/** Version of the layout. */
const FORMAT = 1;

/** The log in a backup: SQLite, its table `records` as the embedded engine has it. */
export const BACKUP_LOG = "log.db";

/** Makes sure that nothing is mixed with a backup. @throws ChatError `failed_precondition` */
export async function assertEmpty(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []); // missing: it is made
  if (names.length > 0)
    throw new ChatError("failed_precondition", `${directory} is not empty: give a backup a directory of its own.`);
}

/** Makes it, for the owner alone: a backup holds password hashes and keys. */
export async function makeBackupDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
}

/** Reads the records of a backup in order. @throws ChatError `data_loss` at the first that is missing or damaged */
export function* backupRecords(directory: string): Generator<{ sequence: number; data: Uint8Array }> {
  const path = join(directory, BACKUP_LOG);
  let database: DatabaseSync | undefined;
  let expected = 0;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    for (const row of database.prepare("SELECT sequence, crc, data FROM records ORDER BY sequence").iterate()) {
      const { sequence, crc, data } = row as { sequence: number; crc: number; data: Uint8Array };
      if (sequence !== ++expected || crc32(data) !== crc)
        throw damaged(path, `record ${expected} is not there as stored`);
      yield { sequence, data };
    }
  } catch (cause) {
    throw cause instanceof ChatError ? cause : damaged(path, "it can't be read", cause);
  } finally {
    database?.close();
  }
}

/** What stands in the log of a backup. */
export function measureBackup(directory: string): Pick<BackupSummary, "records" | "chain"> {
  let records = 0;
  let chain = CHAIN_START;
  for (const { sequence, data } of backupRecords(directory)) {
    records = sequence;
    chain = nextChain(chain, sequence, storedDigest(data));
  }
  return { records, chain: Buffer.from(chain).toString("hex") };
}

/** Writes the manifest, last: a directory without one is no backup. */
export async function writeManifest(directory: string, summary: BackupSummary): Promise<void> {
  await writeFile(join(directory, MANIFEST), `${JSON.stringify({ format: FORMAT, ...summary }, null, 2)}\n`, {
    mode: 0o600,
  });
}

/** Reads the manifest and holds the log against it. @throws ChatError `failed_precondition` for what is no backup of this engine, `data_loss` */
export async function verifyBackup(directory: string, engine: BackupSummary["engine"]): Promise<BackupSummary> {
  const path = join(directory, MANIFEST);
  let manifest: BackupSummary & { format: number };
  try {
    manifest = JSON.parse(await readFile(path, "utf8")) as typeof manifest;
  } catch (cause) {
    throw new ChatError("failed_precondition", `${directory} is not a backup: ${path} can't be read.`, { cause });
  }
  if (manifest.format !== FORMAT)
    throw new ChatError("failed_precondition", `${path} was written by another release (format ${manifest.format}).`);
  if (manifest.engine !== engine)
    throw new ChatError(
      "failed_precondition",
      `${directory} is a backup of the engine "${manifest.engine}", and this is "${engine}" (NATS_URL decides).`,
    );
  const found = measureBackup(directory);
  if (found.records !== manifest.records || found.chain !== manifest.chain)
    throw damaged(
      join(directory, BACKUP_LOG),
      `it has ${found.records} records and not the ${manifest.records} of the backup`,
    );
  const { epoch, records, chain, atMs } = manifest;
  return { engine, epoch, records, chain, atMs };
}

function damaged(path: string, why: string, cause?: unknown): ChatError {
  return new ChatError("data_loss", `The backup is damaged: ${path}: ${why}.`, { cause });
}
