import { join } from "node:path";
import type { Engine } from "../../engine.ts";
import type { KnownPast } from "../../log/continuity.ts";
import type { EngineLogger } from "../engine-logger.ts";
import { createEmbeddedBlobs } from "./blobs.ts";
import { createEmbeddedBus } from "./bus.ts";
import { lockDataDir } from "./data-dir-lock.ts";
import { makePrivateDirectory } from "./durable-file.ts";
import { createEmbeddedKeyValueStore } from "./key-value.ts";
import { createEmbeddedRecordLog } from "./record-log.ts";

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
  await makePrivateDirectory(dataDir);
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
  const keyValue = await createEmbeddedKeyValueStore({ directory: join(dataDir, "kv") });
  opened.defer(() => keyValue.close());
  const blobs = await createEmbeddedBlobs({ directory: join(dataDir, "blobs") });
  opened.defer(() => blobs.close());
  const bus = createEmbeddedBus();
  opened.defer(() => bus.close());

  logger?.info({ dataDir, epoch: log.epoch }, "embedded engine open");
  const resources = opened.move();
  return {
    name: "embedded",
    log,
    keyValue,
    bus,
    blobs,
    health() {
      const reason = log.failure();
      return reason === undefined ? { ok: true } : { ok: false, reason };
    },
    close: () => resources.disposeAsync(),
  };
}
