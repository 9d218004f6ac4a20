import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "../../engine.ts";
import type { KnownPast } from "../../log/continuity.ts";
import { ChatError } from "../../errors.ts";
import { prepareDataDir } from "../../private-file.ts";
import type { EngineLogger } from "../engine-logger.ts";
import { createEmbeddedBlobs } from "./blobs.ts";
import { createEmbeddedBus } from "./bus.ts";
import { lockDataDir } from "./data-dir-lock.ts";
import { fromFileError, isMissing } from "./file-error.ts";
import { createEmbeddedKeyValueStore } from "./key-value.ts";
import { createEmbeddedRecordLog } from "./record-log.ts";
import { createStorageRoom } from "./storage-room.ts";

/**
 * The engine of a single server: everything in files under `dataDir`, which is made if it is missing and locked against others. What was
 * acknowledged survives a crash of the process and of the machine.
 *
 * @param options.applied what the projection in the directory was made from: a witness of what was stored
 * @param options.acceptNewLog takes a log that is not what it was
 * @throws ChatError `failed_precondition` when another process uses the directory or a newer release wrote it, `data_loss` when
 *   a file in it is damaged.
 */
export async function createEmbeddedEngine(options: {
  dataDir: string;
  applied?: KnownPast | undefined;
  acceptNewLog?: boolean;
  logger?: EngineLogger;
}): Promise<Engine> {
  const { dataDir, applied, acceptNewLog = false, logger } = options;
  prepareDataDir(dataDir);
  await using opened = new AsyncDisposableStack(); // closes what is open already when the rest fails
  const lock = lockDataDir(dataDir);
  opened.defer(() => lock.release());
  const log = createEmbeddedRecordLog({
    path: join(dataDir, "log.db"),
    headPath: join(dataDir, "log.head"),
    applied,
    acceptNewLog,
    logger,
  });
  opened.defer(() => log.close());
  refuseOldBuckets(join(dataDir, "kv"));
  const keyValue = createEmbeddedKeyValueStore({ path: join(dataDir, "kv.db"), headPath: join(dataDir, "kv.head") });
  opened.defer(() => keyValue.close());
  const blobs = await createEmbeddedBlobs({ directory: join(dataDir, "blobs") });
  opened.defer(() => blobs.close());
  const room = createStorageRoom({ dataDir });
  opened.defer(() => room.close());
  const bus = createEmbeddedBus();
  opened.defer(() => bus.close());

  logger?.info({ dataDir, epoch: log.epoch }, "embedded engine open");
  const resources = opened.move();
  return {
    name: "embedded",
    log: { ...log, append: (record, append) => room.watch(() => log.append(record, append)) },
    keyValue,
    bus,
    blobs,
    health() {
      const reason = log.failure() ?? room.reason();
      return reason === undefined ? { ok: true } : { ok: false, reason };
    },
    close: () => resources.disposeAsync(),
  };
}

/** Earlier releases kept accounts and sessions in files that this one does not read. It never starts as if there were none. */
function refuseOldBuckets(directory: string): void {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch (error) {
    if (isMissing(error)) return;
    throw fromFileError(error);
  }
  if (!names.some((name) => name.endsWith(".json"))) return;
  throw new ChatError(
    "failed_precondition",
    `${directory} holds the accounts and sessions of an earlier release, which this one can't read.\n` +
      "Start that release, or move the directory away to begin without them.",
  );
}
