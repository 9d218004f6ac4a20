import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { describe, expect, it } from "vitest";
import { startNatsServer } from "../../scripts/nats-server/start.ts";
import { admin } from "./admin.ts";
import { tokenOf } from "./call.ts";
import { readyz, resetOf, send, sendAll, textsOf } from "./conversation.ts";
import { startServer, until } from "./harness.ts";
import { cursorNow } from "./subscribe.ts";

const TOLD_MS = 30_000;

async function inDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "chat-backup-"));
  await work(join(directory, "backup")).finally(() => rm(directory, { recursive: true }));
}

describe("npm run admin", () => {
  it("says which commands there are, and what was typed wrong", { timeout: 120_000 }, async () => {
    const { code, output } = await admin({});
    expect([code, output]).toEqual([0, expect.stringMatching(/log status[^]*log skip SEQUENCE[^]*backup[^]*restore/)]);
    expect(await admin({}, "log", "skip", "x")).toMatchObject({
      code: 2,
      output: expect.stringMatching(/Which record/) as string,
    });
    expect(await admin({}, "nonsense")).toMatchObject({ code: 2 });
  });

  it(
    "backs a running embedded server up and restores it, so that every client begins again",
    { timeout: 180_000 },
    () =>
      inDirectory(async (directory) => {
        await using server = await startServer();
        const settings = { DATA_DIR: server.dataDir };
        const token = await tokenOf(server.url, "mehdi");
        const before = await sendAll(server, token, "before", 3);
        const made = await admin(settings, "backup", directory);
        expect(made).toMatchObject({ code: 0, output: expect.stringMatching(/^6 records/) as string });
        expect(await admin(settings, "backup", directory)).toMatchObject({ code: 1 }); // it is not empty any more
        await sendAll(server, token, "lost", 3);
        const cursor = await cursorNow(server.url, token);
        expect(await admin(settings, "restore", directory, "--yes")).toMatchObject({
          code: 1,
          output: expect.stringMatching(/in use by another server/) as string,
        });
        await server.stop();
        expect(await admin(settings, "restore", directory)).toMatchObject({
          code: 1,
          output: expect.stringMatching(/--yes/) as string,
        });
        expect(await admin(settings, "restore", directory, "--yes")).toMatchObject({ code: 0 });
        await server.restart();
        const again = await tokenOf(server.url, "mehdi");
        expect(await textsOf(server, again)).toEqual(before);
        const after = await sendAll(server, again, "after", 6);
        expect(await resetOf(server, again, cursor)).toMatch(/another log/);
        expect(await textsOf(server, again)).toEqual([...before, ...after]);
        await server.stop();
        expect(await admin(settings, "log", "status")).toMatchObject({
          code: 0,
          output: expect.stringMatching(/records +12\n[^]*read model +12 records[^]*of this log/) as string,
        });
      }),
  );

  it("restores nothing from a backup that was damaged", { timeout: 120_000 }, () =>
    inDirectory(async (directory) => {
      await using server = await startServer();
      const settings = { DATA_DIR: server.dataDir };
      const token = await tokenOf(server.url, "mehdi");
      const texts = await sendAll(server, token, "text", 2);
      await admin(settings, "backup", directory);
      const bytes = await readFile(join(directory, "log.db"));
      await writeFile(join(directory, "log.db"), bytes.subarray(0, bytes.length / 2));
      await server.stop();
      expect(await admin(settings, "restore", directory, "--yes")).toMatchObject({
        code: 1,
        output: expect.stringMatching(/The backup is damaged/) as string,
      });
      await server.restart();
      expect(await textsOf(server, await tokenOf(server.url, "mehdi"))).toEqual(texts);
    }),
  );

  it("backs NATS up and restores it under running servers, which stop before it", { timeout: 120_000 }, () =>
    inDirectory(async (directory) => {
      await using nats = await startNatsServer();
      await using old = await startServer({ env: { NATS_URL: nats.url } });
      const settings = { NATS_URL: nats.url, DATA_DIR: join(directory, "..", "none") };
      const token = await tokenOf(old.url, "mehdi");
      const before = await sendAll(old, token, "before", 4);
      expect(await admin(settings, "backup", directory)).toMatchObject({
        code: 0,
        output: expect.stringMatching(/^7 records/) as string,
      });
      await sendAll(old, token, "lost", 3);
      const cursor = await cursorNow(old.url, token);
      expect(await admin(settings, "restore", directory)).toMatchObject({ code: 1 });
      expect(await admin(settings, "restore", directory, "--yes")).toMatchObject({ code: 0 });
      await until("the server says so", async () => (await readyz(old)).includes("made anew"), TOLD_MS);
      expect((await send(old, token, "not stored")).status).toBe(503);

      await using fresh = await startServer({ env: { NATS_URL: nats.url } });
      const again = await tokenOf(fresh.url, "mehdi");
      expect(await textsOf(fresh, again)).toEqual(before);
      const after = await sendAll(fresh, again, "after", 8);
      expect(await resetOf(fresh, again, cursor)).toMatch(/another log/);
      await old.stop();
      await expect(old.restart()).rejects.toThrow(/of epoch[^]*--accept-new-log/);
      await using accepting = await startServer({
        dataDir: old.dataDir,
        env: { NATS_URL: nats.url, ACCEPT_NEW_LOG: "1" },
      });
      expect(await textsOf(accepting, again)).toEqual([...before, ...after]);
    }),
  );

  it("skips a record that servers can't read; they go on by themselves", { timeout: 120_000 }, async () => {
    await using nats = await startNatsServer();
    await using one = await startServer({ env: { NATS_URL: nats.url } });
    const token = await tokenOf(one.url, "mehdi");
    await sendAll(one, token, "before", 1);
    const connection = await connect({ servers: nats.url });
    await jetstream(connection).publish("chat.log", new Uint8Array([99, 1, 2, 3]));
    await using other = await startServer({ env: { NATS_URL: nats.url }, waitForReady: false });
    for (const server of [one, other])
      await until(
        "it says why",
        async () => (await readyz(server).catch(() => "")).includes("format version 99"),
        TOLD_MS,
      );
    const settings = { NATS_URL: nats.url, DATA_DIR: join(tmpdir(), "chat-none") };
    const because = ["--reason", "a test wrote it"];
    expect(await admin(settings, "log", "skip", "5", ...because)).toMatchObject({ code: 1 });
    expect(await admin(settings, "log", "skip", "1", ...because, "--yes")).toMatchObject({
      code: 1,
      output: expect.stringMatching(/can be read/) as string,
    });
    expect(await admin(settings, "log", "skip", "9", ...because, "--yes")).toMatchObject({ code: 1 });
    expect(await admin(settings, "log", "skip", "5", ...because, "--yes")).toMatchObject({ code: 0 });
    for (const server of [one, other])
      await until("it goes on", async () => (await fetch(`${server.url}/readyz`)).ok, TOLD_MS);
    await sendAll(other, token, "after", 1);
    for (const server of [one, other]) expect(await textsOf(server, token)).toEqual(["before0", "after0"]);
    const jsm = await jetstreamManager(connection);
    const kept = await jsm.streams.getMessage("KV_chat-erased", { last_by_subj: "$KV.chat-erased.5" });
    expect(Buffer.from(kept?.data ?? []).toString()).toContain("a test wrote it");
    await connection.close();
  });
});
