import { chmod, cp, mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Backups } from "../../backups.ts";
import { ChatError } from "../../errors.ts";
import { makePrivateDirectory } from "../../private-file.ts";
import {
  assertEmpty,
  BACKUP_LOG,
  makeBackupDirectory,
  measureBackup,
  verifyBackup,
  writeManifest,
} from "../backup-directory.ts";
import { lockDataDir } from "./data-dir-lock.ts";
import { createEmbeddedRecordLog } from "./record-log.ts";
import { syncDirectory } from "./sync-directory.ts";

/** Databases, the log first: each is copied as of one moment while a server may write to it. */
const DATABASES = [BACKUP_LOG, "kv.db"] as const;

/** Directories whose files are only ever replaced as a whole. */
const DIRECTORIES = ["kv", "blobs", "tls"] as const;

/** What a backup holds. Anything else in a data directory is made again: the read models, the lock, the witnesses. */
const STORED: readonly string[] = [...DATABASES, ...DIRECTORIES];

/** What belongs to what is replaced and says nothing of a restored one. */
const DERIVED = /^(projection.*|.*\.head|.*-(wal|shm))$/;

/** {@link Backups} of a data directory. Backing up needs no stop; restoring does. */
export function createEmbeddedBackups({ dataDir, now }: { dataDir: string; now: () => number }): Backups {
  return {
    async backup(directory) {
      await assertEmpty(directory);
      const found = await namesIn(dataDir);
      if (!found.includes(BACKUP_LOG))
        throw new ChatError("failed_precondition", `There is no log in ${dataDir} (DATA_DIR).`);
      await makeBackupDirectory(directory);
      const epoch = copyDatabases(dataDir, directory, found);
      for (const name of DATABASES) if (found.includes(name)) await chmod(join(directory, name), 0o600);
      for (const name of DIRECTORIES)
        if (found.includes(name)) await cp(join(dataDir, name), join(directory, name), { recursive: true });
      const summary = { engine: "embedded", epoch, ...measureBackup(directory), atMs: now() } as const;
      await writeManifest(directory, summary);
      await syncDirectory(directory);
      return summary;
    },

    async restore(directory, { replace }) {
      const summary = await verifyBackup(directory, "embedded");
      makePrivateDirectory(dataDir);
      const lock = lockDataDir(dataDir);
      try {
        const found = await namesIn(dataDir);
        const replaced = found.filter((name) => STORED.includes(name) || DERIVED.test(name));
        if (found.includes(BACKUP_LOG) && !replace)
          throw new ChatError(
            "failed_precondition",
            `There is a log in ${dataDir}: --yes puts the backup in its place.`,
          );
        // Also where the log alone is missing: what belonged to it would speak against the restored one.
        if (replaced.length > 0) await setAside(dataDir, replaced, now());
        for (const name of await namesIn(directory))
          if (STORED.includes(name)) await cp(join(directory, name), join(dataDir, name), { recursive: true });
        // Nothing vouches for it, so it goes by a new epoch.
        const log = createEmbeddedRecordLog({ path: join(dataDir, BACKUP_LOG), headPath: join(dataDir, "log.head") });
        await log.close();
        await syncDirectory(dataDir);
        return { ...summary, epoch: log.epoch };
      } finally {
        lock.release();
      }
    },
  };
}

/** Returns the epoch of the log. */
function copyDatabases(from: string, to: string, names: readonly string[]): string {
  let epoch = "";
  for (const name of DATABASES) {
    if (!names.includes(name)) continue;
    const database = new DatabaseSync(join(from, name), { timeout: 5_000 });
    try {
      if (name === BACKUP_LOG)
        epoch = String(database.prepare("SELECT value FROM meta WHERE name = 'epoch'").get()?.value);
      database.prepare("VACUUM INTO ?").run(join(to, name));
    } finally {
      database.close();
    }
  }
  return epoch;
}

/** Keeps what is replaced, beside it. */
async function setAside(dataDir: string, names: readonly string[], atMs: number): Promise<void> {
  const aside = join(dataDir, `before-restore-${new Date(atMs).toISOString().replaceAll(":", "-")}`);
  await mkdir(aside, { mode: 0o700 });
  for (const name of names) await rename(join(dataDir, name), join(aside, name));
}

async function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []); // missing: nothing is in it
}
