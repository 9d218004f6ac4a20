import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { describeBlobs } from "../../blobs.contract.ts";
import { describeBus } from "../../bus.contract.ts";
import type { Engine } from "../../engine.ts";
import { describeKeyValue } from "../../key-value.contract.ts";
import { describeRecordLog } from "../../log/record-log.contract.ts";
import { createEmbeddedEngine } from "./engine.ts";

async function setUp(): Promise<{ dataDir: string; open(): Promise<Engine> } & AsyncDisposable> {
  const dataDir = await mkdtemp(join(tmpdir(), "chat-embedded-"));
  const opened: Engine[] = [];
  return {
    dataDir,
    async open() {
      for (const engine of opened) await engine.close();
      const engine = await createEmbeddedEngine({ dataDir });
      opened.push(engine);
      return engine;
    },
    async [Symbol.asyncDispose]() {
      for (const engine of opened) await engine.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

describeRecordLog("embedded", async () => {
  const place = await setUp();
  return {
    shared: false,
    open: async () => (await place.open()).log,
    async damage(sequence) {
      const database = new DatabaseSync(join(place.dataDir, "log.db"));
      database.prepare("DELETE FROM records WHERE sequence = ?").run(sequence);
      database.close();
    },
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
});

describeKeyValue("embedded", async () => {
  const place = await setUp();
  const { keyValue } = await place.open();
  return { stores: [keyValue, keyValue], [Symbol.asyncDispose]: () => place[Symbol.asyncDispose]() };
});

describeBus("embedded", async () => {
  const place = await setUp();
  const { bus } = await place.open();
  return { buses: [bus, bus], [Symbol.asyncDispose]: () => place[Symbol.asyncDispose]() };
});

describeBlobs("embedded", async () => {
  const place = await setUp();
  const { blobs } = await place.open();
  return { blobs, [Symbol.asyncDispose]: () => place[Symbol.asyncDispose]() };
});

describe("embedded engine", () => {
  it("refuses a second server on its data directory, until the first is gone", async () => {
    await using place = await setUp();
    const engine = await place.open();
    await expect(createEmbeddedEngine({ dataDir: place.dataDir })).rejects.toMatchObject({
      code: "failed_precondition",
    });
    await engine.close();
    await (await createEmbeddedEngine({ dataDir: place.dataDir })).close();
  });

  it("reads no record whose bytes have changed", async () => {
    await using place = await setUp();
    const { log } = await place.open();
    await log.append(Buffer.from("intact"), { id: "1" });
    const database = new DatabaseSync(join(place.dataDir, "log.db"));
    database.exec("UPDATE records SET data = x'00'");
    database.close();
    const reader = log.read({ after: 0, signal: AbortSignal.timeout(10_000) })[Symbol.asyncIterator]();
    expect((await reader.next()).value).toEqual({ sequence: 1, data: undefined });
    await reader.return?.();
  });
});
