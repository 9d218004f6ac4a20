import { cp, mkdir, mkdtemp, open, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, vi } from "vitest";
import type { ChatError } from "../../errors.ts";
import type { Json, KeyValueStore } from "../../key-value.ts";
import { createEmbeddedEngine } from "./engine.ts";
import { createEmbeddedKeyValueStore } from "./key-value.ts";

/** A directory as `kill -9` leaves it: 40 records of which all stand in the write-ahead log, a bucket and a blob. */
async function setUp() {
  const root = await mkdtemp(join(tmpdir(), "chat-damage-"));
  const live = join(root, "live");
  const dataDir = join(root, "copy");
  const engine = await createEmbeddedEngine({ dataDir: live });
  for (let number = 1; number <= 40; number++)
    await engine.log.append(Buffer.from(`record ${number} ${"x".repeat(200)}`), { id: String(number) });
  const bucket = await engine.keyValue.bucket("accounts");
  await bucket.create("ada", { name: "Ada" });
  await bucket.create("bob", { name: "Bob" });
  await engine.blobs.put("picture", chunks("some content"));
  const { epoch } = engine.log;
  await cp(live, dataDir, { recursive: true });
  await engine.close();
  return {
    dataDir,
    epoch,
    path: (name: string) => join(dataDir, name),
    /** With a projection that has come so far; what its chain says of those records is not looked at here. */
    open: (applied?: { epoch: string; sequence: number }) =>
      createEmbeddedEngine({ dataDir, applied: applied && { ...applied, chainAt: () => undefined } }),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

async function* chunks(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

async function flip(path: string, at: number): Promise<void> {
  await using file = await open(path, "r+");
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) ^ 0x10;
  await file.write(byte, 0, 1, at);
}

/** Keeps what files of the copy hold, to begin from it more than once. */
async function takeFiles(place: { path(name: string): string }, names: readonly string[]) {
  const kept = await Promise.all(names.map(async (name) => [name, await readFile(place.path(name))] as const));
  return {
    async putBack() {
      for (const suffix of ["-wal", "-shm"]) await rm(place.path(`kv.db${suffix}`), { force: true });
      for (const [name, content] of kept) await writeFile(place.path(name), content);
    },
  };
}

const sizeOf = async (path: string): Promise<number> => (await readFile(path)).length;
const dataLoss = (message: RegExp) => ({ code: "data_loss", message: expect.stringMatching(message) as string });

describe("a damaged data directory", () => {
  it("opens where nothing is damaged", async () => {
    await using place = await setUp();
    const engine = await place.open();
    expect([engine.log.epoch, await engine.log.head()]).toEqual([place.epoch, 40]);
    await engine.close();
  });

  it("refuses a log whose write-ahead log was cut short, from which SQLite drops acknowledged records in silence", async () => {
    await using place = await setUp();
    const path = place.path("log.db-wal");
    await truncate(path, (await sizeOf(path)) - 3_000);
    await expect(place.open()).rejects.toMatchObject(dataLoss(/log\.db lost records.*record 40.*backup/s));
  });

  it.each([0, 0.3, 0.6, 0.999])("refuses a log whose write-ahead log has a flipped bit at %d of it", async (part) => {
    await using place = await setUp();
    const path = place.path("log.db-wal");
    await flip(path, Math.floor((await sizeOf(path)) * part));
    await expect(place.open()).rejects.toMatchObject(dataLoss(/log\.db/));
  });

  it("refuses a log that is gone or empty, and one of another epoch", async () => {
    await using place = await setUp();
    for (const name of ["log.db", "log.db-wal", "log.db-shm"]) await rm(place.path(name), { force: true });
    await expect(place.open()).rejects.toMatchObject(dataLoss(/it is empty, though 40 records were stored/));
  });

  it("finds the loss through the projection where the witness is gone, too", async () => {
    await using place = await setUp();
    await rm(place.path("log.head"));
    const path = place.path("log.db-wal");
    await truncate(path, (await sizeOf(path)) - 3_000);
    await expect(place.open({ epoch: place.epoch, sequence: 40 })).rejects.toMatchObject(dataLoss(/lost records/));
  });

  it("goes by a new epoch where neither is there: the person in charge takes the loss, and clients load anew", async () => {
    await using place = await setUp();
    await rm(place.path("log.head"));
    const engine = await place.open();
    expect(engine.log.epoch).not.toBe(place.epoch);
    const { epoch } = engine.log;
    await engine.close();
    const again = await place.open();
    expect(again.log.epoch).toBe(epoch);
    await again.close();
  });

  it("makes a damaged witness anew where the projection knows the log", async () => {
    await using place = await setUp();
    await writeFile(place.path("log.head"), "nonsense");
    const engine = await place.open({ epoch: place.epoch, sequence: 39 });
    expect(engine.log.epoch).toBe(place.epoch);
    await engine.close();
    const again = await place.open();
    expect(again.log.epoch).toBe(place.epoch);
    await again.close();
  });

  it("refuses a log file that was cut short or has a flipped bit in its newest records", async () => {
    for (const damage of ["cut", "flip"] as const) {
      await using place = await setUp();
      const path = place.path("log.db");
      const database = new DatabaseSync(path);
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      database.close();
      const at = (await readFile(path)).indexOf("record 37");
      if (damage === "cut") await truncate(path, (await sizeOf(path)) - 4_096);
      else await flip(path, at + 20);
      await expect(place.open()).rejects.toMatchObject(dataLoss(/log\.db is damaged.*backup/s));
    }
  });

  it("finds a flipped bit in an old record soon after the start, and says so in its health", async () => {
    await using place = await setUp();
    const engine = await place.open();
    for (let number = 0; number < 1_100; number++) await engine.log.append(Buffer.from("x"), { id: `more ${number}` });
    await engine.close();
    const path = place.path("log.db");
    await flip(path, (await readFile(path)).indexOf("record 3 ") + 50);
    const again = await place.open();
    await vi.waitFor(() => expect(again.health()).toMatchObject({ ok: false }));
    expect(again.health()).toMatchObject({ reason: expect.stringMatching(/log\.db is damaged: record 3 /) as string });
    await again.close();
  });

  /** What the bucket of the copy holds, or the code of the refusal to open it. */
  async function bucketOf(place: { path(name: string): string }): Promise<unknown> {
    let store: KeyValueStore | undefined;
    const seen: Record<string, Json> = {};
    const watched: Record<string, Json> = {};
    try {
      store = createEmbeddedKeyValueStore({ path: place.path("kv.db"), headPath: place.path("kv.head") });
      const bucket = await store.bucket("accounts");
      const stop = new AbortController();
      for await (const change of bucket.watch({ signal: stop.signal })) {
        if (change.state === "set") watched[change.key] = change.value;
        if (change.state === "current") stop.abort();
      }
      for (const key of ["ada", "bob"]) seen[key] = (await bucket.get(key))?.value ?? null;
      expect(watched).toEqual(seen);
      return seen;
    } catch (error) {
      expect((error as Error).message).toMatch(/kv\.db/);
      return (error as ChatError).code;
    } finally {
      await store?.close();
    }
  }
  const INTACT = { ada: { name: "Ada" }, bob: { name: "Bob" } };

  it.each(["kv.db-wal", "kv.db"])("refuses entries whose %s was cut short", async (name) => {
    await using place = await setUp();
    if (name === "kv.db") expect(await bucketOf(place)).toEqual(INTACT); // closed: the write-ahead log is in the file
    const sound = await readFile(place.path(name));
    const others = await takeFiles(place, ["kv.db", "kv.head"]);
    for (let size = 0; size < sound.length; size += 1_000) {
      await others.putBack();
      await writeFile(place.path(name), sound.subarray(0, size));
      expect(await bucketOf(place), `cut to ${size} of ${sound.length}`).toMatch(/data_loss|failed_precondition/);
    }
  });

  it.each(["kv.db-wal", "kv.db"])(
    "never serves entries other than were stored for a flipped bit in %s",
    async (name) => {
      await using place = await setUp();
      if (name === "kv.db") expect(await bucketOf(place)).toEqual(INTACT);
      const files = await takeFiles(place, ["kv.db", "kv.head", name]);
      const sound = await readFile(place.path(name));
      let refused = 0;
      for (let at = 0; at < sound.length; at++) {
        if (sound[at] === 0 || (at % 3 !== 0 && name === "kv.db-wal")) continue;
        await files.putBack();
        await flip(place.path(name), at);
        const outcome = await bucketOf(place);
        if (outcome === "data_loss" || outcome === "failed_precondition" || outcome === "unavailable") refused++;
        else expect(outcome, `bit flipped in byte ${at}`).toEqual(INTACT);
      }
      expect(refused).toBeGreaterThan(20);
    },
  );

  it("refuses a store of entries that is gone, though its witness knows of it", async () => {
    await using place = await setUp();
    for (const name of ["kv.db", "kv.db-wal", "kv.db-shm"]) await rm(place.path(name), { force: true });
    await expect(place.open()).rejects.toMatchObject(dataLoss(/kv\.db lost entries.*backup/s));
  });

  it("refuses the buckets of an earlier release instead of starting without accounts", async () => {
    await using place = await setUp();
    await mkdir(place.path("kv"));
    await (await place.open()).close();
    await writeFile(place.path("kv/accounts.json"), "{}");
    await expect(place.open()).rejects.toMatchObject({
      code: "failed_precondition",
      message: expect.stringMatching(/kv holds the accounts and sessions of an earlier release/) as string,
    });
  });

  it("refuses a stored file that was cut short or has a flipped bit, and serves no wrong byte as the whole", async () => {
    await using place = await setUp();
    const engine = await place.open();
    const [name] = await readdir(place.path("blobs"));
    const path = place.path(`blobs/${name ?? ""}`);
    const sound = await readFile(path);
    async function content(): Promise<string> {
      let text = "";
      for await (const chunk of (await engine.blobs.get("picture"))?.data ?? []) text += Buffer.from(chunk).toString();
      return text;
    }
    expect(await content()).toBe("some content");
    for (let at = 0; at < sound.length; at++) {
      await writeFile(path, sound);
      await flip(path, at);
      await expect(content()).rejects.toMatchObject(dataLoss(/damaged/));
      await writeFile(path, sound.subarray(0, at));
      await expect(content()).rejects.toMatchObject(dataLoss(/damaged/));
    }
    await engine.close();
  });

  it("makes a damaged lock anew", async () => {
    await using place = await setUp();
    await writeFile(place.path("lock.db"), Buffer.alloc(5_000, 9));
    await (await place.open()).close();
  });
});
