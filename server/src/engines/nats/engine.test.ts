import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type NatsServer, startNatsServer } from "../../../../scripts/nats-server/start.ts";
import { describeBlobs } from "../../blobs.contract.ts";
import { describeBus } from "../../bus.contract.ts";
import type { Engine } from "../../engine.ts";
import { ChatError } from "../../errors.ts";
import { describeKeyValue } from "../../key-value.contract.ts";
import { describeRecordLog, read } from "../../log/record-log.contract.ts";
import { createNatsEngine } from "./engine.ts";
import { LOG_STREAM } from "./record-log.ts";

/** Readers notice a restart within seconds. */
const RESTART_TIMEOUT_MS = 30_000;

async function setUp(): Promise<{ nats: NatsServer; open(): Promise<Engine> } & AsyncDisposable> {
  const nats = await startNatsServer();
  const stop = new AbortController();
  const opened: Engine[] = [];
  return {
    nats,
    async open() {
      const engine = await createNatsEngine({
        servers: nats.url,
        credsFile: undefined,
        replicas: 1,
        logger: pino({ level: "silent" }),
        signal: stop.signal,
      });
      opened.push(engine);
      return engine;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      for (const engine of opened) await engine.close();
      await nats[Symbol.asyncDispose]();
    },
  };
}

describeRecordLog("NATS", async () => {
  const place = await setUp();
  return {
    shared: true,
    open: async () => (await place.open()).log,
    async damage(sequence) {
      const connection = await connect({ servers: place.nats.url });
      await (await jetstreamManager(connection)).streams.deleteMessage(LOG_STREAM, sequence);
      await connection.close();
    },
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
});

describeKeyValue("NATS", async () => {
  const place = await setUp();
  const stores = [(await place.open()).keyValue, (await place.open()).keyValue] as const;
  return { stores, [Symbol.asyncDispose]: () => place[Symbol.asyncDispose]() };
});

describeBus("NATS", async () => {
  const place = await setUp();
  const buses = [(await place.open()).bus, (await place.open()).bus] as const;
  return { buses, [Symbol.asyncDispose]: () => place[Symbol.asyncDispose]() };
});

describeBlobs("NATS", async () => {
  const place = await setUp();
  const { blobs } = await place.open();
  return { blobs, [Symbol.asyncDispose]: () => place[Symbol.asyncDispose]() };
});

/** Whether some file of the nats-server holds these words. */
async function isStored(nats: NatsServer, words: string): Promise<boolean> {
  for (const entry of await readdir(nats.storeDir, { recursive: true, withFileTypes: true }))
    if (entry.isFile() && (await readFile(join(entry.parentPath, entry.name))).includes(words)) return true;
  return false;
}

it("overwrites in NATS's files what is erased: records, their former replacements, and entries of buckets", async () => {
  await using place = await setUp();
  const { log, keyValue } = await place.open();
  const sequence = await log.append(Buffer.from("said-first said-second"), { id: "a" });
  const bucket = await keyValue.bucket("secrets");
  const revision = await bucket.create("address", "an-address");
  expect(await isStored(place.nats, "an-address")).toBe(true);
  await log.replace(sequence, Buffer.from("said-second"));
  expect([await isStored(place.nats, "said-first"), await isStored(place.nats, "said-second")]).toEqual([false, true]);
  await log.replace(sequence, Buffer.from("nothing"));
  expect(await isStored(place.nats, "said-second")).toBe(false);
  await bucket.erase("address", revision);
  expect(await isStored(place.nats, "an-address")).toBe(false);
});

describe("NATS engine", () => {
  let place: Awaited<ReturnType<typeof setUp>>;
  beforeAll(async () => {
    place = await setUp();
  });
  afterAll(() => place[Symbol.asyncDispose]());

  it(
    "loses and repeats nothing when NATS is killed under a tail, a watch and an append",
    async () => {
      const engine = await place.open();
      const { log } = engine;
      const append = (number: number) => log.append(Buffer.from(String(number)), { id: crypto.randomUUID() });
      const bucket = await engine.keyValue.bucket("facts");
      const stop = new AbortController();
      const keys: string[] = [];
      const watching = (async () => {
        for await (const change of bucket.watch({ signal: stop.signal }))
          if (change.state === "set") keys.push(change.key);
      })();
      const reader = read(log, 0);
      for (let number = 0; number < 20; number++) await append(number);
      await bucket.create("before", 1);
      await place.nats.kill();
      const underWay = append(20);
      while (engine.health().ok) await new Promise((resolve) => setTimeout(resolve, 5));
      await place.nats.restart();
      expect(await underWay).toBe(21);
      await append(21);
      await bucket.create("after", 2);
      const texts = (await reader.next(22)).map(({ data }) => Buffer.from(data ?? []).toString());
      expect(texts).toEqual(Array.from({ length: 22 }, (_, number) => String(number)));
      await reader.end();
      while (keys.length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(keys).toEqual(["before", "after"]);
      stop.abort();
      await watching;
    },
    RESTART_TIMEOUT_MS,
  );

  it(
    "asks whether the log is the one it was before it gives anything more after NATS was restarted, and gives nothing where it is not",
    async () => {
      const { log } = await place.open();
      const append = (text: string) => log.append(Buffer.from(text), { id: crypto.randomUUID() });
      const after = await append("before");
      const stop = new AbortController();
      const events: string[] = [];
      let isSame = true;
      const reading = (async () => {
        const verify = (): Promise<void> => {
          events.push("asked");
          return isSame ? Promise.resolve() : Promise.reject(new ChatError("data_loss", "another log"));
        };
        for await (const { data } of log.read({ after: after - 1, signal: stop.signal, verify }))
          events.push(Buffer.from(data ?? []).toString());
      })();
      const until = async (text: string) => {
        while (!events.includes(text)) await new Promise((resolve) => setTimeout(resolve, 20));
      };
      await until("before");
      expect(events).toEqual(["before"]);
      await place.nats.kill();
      await place.nats.restart();
      await append("after");
      await until("after");
      expect(events.slice(1, -1).every((event) => event === "asked")).toBe(true);
      expect(events).toContain("asked");
      isSame = false;
      const ended = expect(reading).rejects.toMatchObject({ code: "data_loss" });
      await place.nats.kill();
      await place.nats.restart();
      await append("of another log");
      await ended;
      expect(events).not.toContain("of another log");
    },
    2 * RESTART_TIMEOUT_MS,
  );

  it(
    "stores what a busy writer appends once and in order while NATS is killed under it, twice",
    async () => {
      const { log } = await place.open();
      const { log: other } = await place.open();
      const after = await log.head();
      const reader = read(other, after);
      const acknowledged: number[] = [];
      let isOver = false;
      const writing = (async () => {
        for (let number = 0; !isOver; number++)
          acknowledged.push(await log.append(Buffer.from(String(number)), { id: crypto.randomUUID() }));
      })();
      for (const goal of [200, 400]) {
        while (acknowledged.length < goal) await new Promise((resolve) => setTimeout(resolve, 1));
        await place.nats.kill(); // one append is under way
        await place.nats.restart();
      }
      while (acknowledged.length < 600) await new Promise((resolve) => setTimeout(resolve, 1));
      isOver = true;
      await writing;
      const records = await reader.next(acknowledged.length);
      await reader.end();
      expect(records.map(({ sequence }) => sequence)).toEqual(acknowledged);
      expect(records.map(({ data }) => Buffer.from(data ?? []).toString())).toEqual(
        acknowledged.map((_, n) => String(n)),
      );
      expect(await log.head()).toBe(after + acknowledged.length);
    },
    RESTART_TIMEOUT_MS,
  );
});
