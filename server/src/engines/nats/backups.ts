import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { type KV, Kvm } from "@nats-io/kv";
import pLimit from "p-limit";
import type { Backups } from "../../backups.ts";
import { ChatError } from "../../errors.ts";
import {
  assertEmpty,
  BACKUP_LOG,
  backupRecords,
  makeBackupDirectory,
  measureBackup,
  verifyBackup,
  writeManifest,
} from "../backup-directory.ts";
import type { EngineLogger } from "../engine-logger.ts";
import { openLink } from "./connection.ts";
import { type JetStream, openBucket, openJetStream } from "./jetstream.ts";
import { PREFIX } from "./key-value.ts";
import { fromNatsError, JS_CODE, jsCode } from "./nats-error.ts";
import { createNatsRecordLog, epochOf, ERASED_BUCKET, LOG_STREAM, LOG_SUBJECT, makeLogStream } from "./record-log.ts";
import { ATTEMPT_MS } from "./timing.ts";

/** Entries of all buckets, a JSON line each. */
const ENTRIES = "entries.jsonl";

/** Records written in one transaction, and requests under way at once. */
const BATCH_RECORDS = 1_000;
const CONCURRENCY = 64;

interface Entry {
  readonly bucket: string;
  readonly key: string;
  /** In base64. */
  readonly value: string;
}

/** {@link Backups} of the log and the buckets on NATS. Neither way needs the servers to stop; a restore makes them stop by themselves. */
export function createNatsBackups(options: {
  servers: string;
  credsFile: string | undefined;
  replicas: number;
  logger: EngineLogger;
  signal: AbortSignal;
  now: () => number;
}): Backups {
  const { replicas, logger, signal, now } = options;

  async function connected<T>(work: (jetStream: JetStream) => Promise<T>): Promise<T> {
    const link = await openLink({ ...options, onWaiting: () => {} });
    try {
      return await work(await openJetStream(link.connection));
    } catch (error) {
      throw fromNatsError(error, "for a backup");
    } finally {
      await link.close();
    }
  }

  return {
    backup: (directory) =>
      connected(async (jetStream) => {
        await assertEmpty(directory);
        await makeBackupDirectory(directory);
        const log = await createNatsRecordLog({
          ...jetStream,
          replicas,
          mayMake: false,
          serverVersion: undefined,
          logger,
        });
        try {
          await writeRecords(join(directory, BACKUP_LOG), await log.head(), log.read({ after: 0, signal }));
        } finally {
          await log.close();
        }
        await writeEntries(join(directory, ENTRIES), jetStream);
        const summary = { engine: "nats", epoch: log.epoch, ...measureBackup(directory), atMs: now() } as const;
        await writeManifest(directory, summary);
        return summary;
      }),

    async restore(directory, { replace }) {
      const summary = await verifyBackup(directory, "nats");
      const entries = parseEntries(await readFile(join(directory, ENTRIES), "utf8"));
      return connected(async ({ js, jsm }) => {
        const info = await jsm.streams.info(LOG_STREAM).catch((error: unknown) => {
          if (jsCode(error) !== JS_CODE.streamNotFound) throw error;
        });
        if (info && info.state.last_seq > 0 && !replace)
          throw new ChatError(
            "failed_precondition",
            "NATS has a log with records: --yes puts the backup in its place.",
          );
        // The log goes first: a server that runs applies nothing from here on.
        for (const name of [LOG_STREAM, `KV_${ERASED_BUCKET}`]) await deleteStream(jsm, name);
        await restoreEntries({ js, jsm }, entries, replicas);
        const made = await makeLogStream(jsm, replicas);
        for (const { sequence, data } of backupRecords(directory)) {
          const expect = { streamName: LOG_STREAM, lastSequence: sequence - 1 };
          await js.publish(LOG_SUBJECT, data, { timeout: ATTEMPT_MS, expect });
        }
        return { ...summary, epoch: epochOf(made) };
      });
    },
  };
}

async function writeRecords(
  path: string,
  head: number,
  records: AsyncIterable<{ sequence: number; data: Uint8Array | undefined }>,
): Promise<void> {
  await (await open(path, "w", 0o600)).close();
  const database = new DatabaseSync(path);
  try {
    database.exec(
      "CREATE TABLE records (sequence INTEGER PRIMARY KEY, crc INTEGER NOT NULL, data BLOB NOT NULL) STRICT",
    );
    const insert = database.prepare("INSERT INTO records (sequence, crc, data) VALUES (?, ?, ?)");
    database.exec("BEGIN");
    if (head > 0) {
      for await (const { sequence, data } of records) {
        if (data === undefined) throw new ChatError("data_loss", `Record ${sequence} is missing from the log.`);
        insert.run(sequence, crc32(data), data);
        if (sequence % BATCH_RECORDS === 0) database.exec("COMMIT; BEGIN");
        if (sequence >= head) break;
      }
    }
    database.exec("COMMIT");
  } finally {
    database.close();
  }
}

/** Every bucket of the servers but that of replaced records: those are in the log's place already. */
async function writeEntries(path: string, { js, jsm }: JetStream): Promise<void> {
  await using file = await open(path, "w", 0o600);
  for await (const { config } of jsm.streams.list("$KV.>")) {
    const bucket = config.name.slice("KV_".length);
    if (!bucket.startsWith(PREFIX) || bucket === ERASED_BUCKET) continue;
    const kv = await new Kvm(js).open(bucket, { allow_direct: false });
    const keys = await Array.fromAsync(await kv.keys());
    const lines = await pLimit(CONCURRENCY).map(keys, async (key) => {
      const entry = await kv.get(key);
      if (entry?.operation !== "PUT") return ""; // deleted meanwhile
      return `${JSON.stringify({ bucket, key, value: Buffer.from(entry.value).toString("base64") } satisfies Entry)}\n`;
    });
    await file.write(lines.join(""));
  }
  await file.sync();
}

function parseEntries(text: string): Entry[] {
  try {
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Entry);
  } catch (cause) {
    throw new ChatError("data_loss", `The backup is damaged: ${ENTRIES} can't be read.`, { cause });
  }
}

/** Makes the buckets hold what the backup says and nothing else. */
async function restoreEntries({ js, jsm }: JetStream, entries: readonly Entry[], replicas: number): Promise<void> {
  const wanted = new Map<string, Map<string, string>>();
  for await (const { config } of jsm.streams.list("$KV.>"))
    if (config.name.startsWith(`KV_${PREFIX}`)) wanted.set(config.name.slice("KV_".length), new Map());
  for (const { bucket, key, value } of entries) {
    const values = wanted.get(bucket) ?? new Map<string, string>();
    wanted.set(bucket, values.set(key, value));
  }
  const limit = pLimit(CONCURRENCY);
  for (const [bucket, values] of wanted) {
    const kv: KV = await openBucket(js, bucket, replicas);
    const present = await Array.fromAsync(await kv.keys());
    await limit.map(
      present.filter((key) => !values.has(key)),
      (key) => kv.delete(key),
    );
    await limit.map([...values], ([key, value]) => kv.put(key, Buffer.from(value, "base64")));
  }
}

async function deleteStream(jsm: JetStream["jsm"], name: string): Promise<void> {
  try {
    await jsm.streams.delete(name);
  } catch (error) {
    if (jsCode(error) !== JS_CODE.streamNotFound) throw error;
  }
}
