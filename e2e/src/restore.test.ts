import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNodeChatClient } from "@chat/client/node";
import { describe, expect, it } from "vitest";
import { type NatsServer, startNatsServer } from "../../scripts/nats-server/start.ts";
import { tokenOf } from "./call.ts";
import { DEMO_RECORDS, list, readyz, resetOf, send, sendAll, textsOf } from "./conversation.ts";
import { startServer, until } from "./harness.ts";
import { cursorNow, framesUntilCaughtUp } from "./subscribe.ts";

// A log that was put back to an older state: by hand, behind the servers' backs.

const TOLD_MS = 30_000;

/** Stops NATS, puts the stored state back to the copy, and starts it. */
async function putBack(nats: NatsServer, copy: string): Promise<void> {
  await nats.kill();
  await rm(join(nats.storeDir, "store"), { recursive: true });
  await cp(copy, join(nats.storeDir, "store"), { recursive: true });
  await nats.restart();
}

describe("NATS that was put back to an older state under running servers", () => {
  it(
    "stops the server that has another past before it applies or answers anything, and resets the clients of that past",
    { timeout: 180_000 },
    async () => {
      await using nats = await startNatsServer();
      await using old = await startServer({ env: { NATS_URL: nats.url } });
      const token = await tokenOf(old.url, "mehdi");
      const before = await sendAll(old, token, "before", 5);
      const copy = await mkdtemp(join(tmpdir(), "chat-copy-"));
      await nats.stop();
      await cp(join(nats.storeDir, "store"), copy, { recursive: true });
      await nats.restart();
      await sendAll(old, token, "lost", 5);
      const cursor = await cursorNow(old.url, token);
      const client = await createNodeChatClient({ baseUrl: old.url });
      await client.session.login({ login: "mehdi1", password: "000000" });
      await until("the stream is live", () => client.feed.$connection.get().state === "live");

      await putBack(nats, copy);
      await using fresh = await startServer({ env: { NATS_URL: nats.url } });
      const freshToken = await tokenOf(fresh.url, "mehdi");
      const after = await sendAll(fresh, freshToken, "after", 12); // past the old end
      await until("the old server says so", async () => (await readyz(old)).includes("the log went back"), TOLD_MS);
      expect((await list(old, token)).status).toBe(503);
      expect((await send(old, token, "into the restored log")).status).toBe(503);
      await until("the stream ended", () => client.feed.$connection.get().state !== "live");
      await client.close();

      expect(await textsOf(fresh, freshToken)).toEqual([...before, ...after]);
      expect(await resetOf(fresh, freshToken, cursor)).toMatch(/went back/);
      expect(await (await fetch(`${fresh.url}/readyz`)).text()).not.toContain("went back");

      await old.stop();
      await expect(old.restart()).rejects.toThrow(/the log went back[^]*--accept-new-log/);
      expect(await old.ended()).toBe(1);
      await using accepting = await startServer({
        dataDir: old.dataDir,
        env: { NATS_URL: nats.url, ACCEPT_NEW_LOG: "1" },
      });
      expect(await textsOf(accepting, freshToken)).toEqual([...before, ...after]);
      expect(accepting.output()).toContain("new-log-accepted");
      await rm(copy, { recursive: true });
    },
  );

  it("is noticed by a server without any traffic, which then takes nothing", { timeout: 120_000 }, async () => {
    await using nats = await startNatsServer();
    await using server = await startServer({ env: { NATS_URL: nats.url } });
    const token = await tokenOf(server.url, "mehdi");
    await sendAll(server, token, "before", 2);
    const copy = await mkdtemp(join(tmpdir(), "chat-copy-"));
    await nats.stop();
    await cp(join(nats.storeDir, "store"), copy, { recursive: true });
    await nats.restart();
    await sendAll(server, token, "lost", 2);
    await nats.kill();
    await cp(join(nats.storeDir, "store"), `${copy}-new`, { recursive: true });
    await putBack(nats, copy);
    const words = `the log went back: record ${DEMO_RECORDS + 4} was applied here, the log ends at record ${DEMO_RECORDS + 2}`;
    await until("it says so", async () => (await readyz(server)).includes(words), TOLD_MS);
    expect((await send(server, token, "not stored")).status).toBe(503);

    // The operator finds the newer state, and nothing has been written on top of the older one.
    await putBack(nats, `${copy}-new`);
    await until("it goes on by itself", async () => (await fetch(`${server.url}/readyz`)).ok, TOLD_MS);
    await sendAll(server, token, "after", 1);
    expect(await textsOf(server, token)).toEqual(["before0", "before1", "lost0", "lost1", "after0"]);
    for (const path of [copy, `${copy}-new`]) await rm(path, { recursive: true });
  });
});

describe("an embedded data directory that was put back to an older copy", () => {
  it("resets clients that know what is gone, also after the log has overtaken them", { timeout: 120_000 }, async () => {
    await using server = await startServer();
    let token = await tokenOf(server.url, "mehdi");
    const before = await sendAll(server, token, "before", 5);
    const beforeCursor = await cursorNow(server.url, token);
    await server.stop();
    const copy = await mkdtemp(join(tmpdir(), "chat-copy-"));
    await cp(server.dataDir, copy, { recursive: true });
    await server.restart();
    await sendAll(server, token, "lost", 5);
    const cursor = await cursorNow(server.url, token);
    await server.stop();
    await rm(server.dataDir, { recursive: true });
    await cp(copy, server.dataDir, { recursive: true });
    await server.restart();
    token = await tokenOf(server.url, "mehdi");
    const after = await sendAll(server, token, "after", 9);
    expect(await resetOf(server, token, cursor)).toMatch(/went back/);
    // Who had taken nothing of what is gone goes on.
    const frames = await framesUntilCaughtUp(server.url, token, beforeCursor);
    expect(frames.map(({ payload }) => payload.case)).toEqual(["ready", ...after.map(() => "message"), "heartbeat"]);
    expect(await textsOf(server, token)).toEqual([...before, ...after]);
    await rm(copy, { recursive: true });
  });

  it("refuses to start with a read model that has read more, or something else", { timeout: 120_000 }, async () => {
    await using server = await startServer();
    const token = await tokenOf(server.url, "mehdi");
    const before = await sendAll(server, token, "before", 3);
    await server.stop();
    const copy = await mkdtemp(join(tmpdir(), "chat-copy-"));
    await cp(server.dataDir, copy, { recursive: true });
    await server.restart();
    await sendAll(server, token, "lost", 3);
    const lostCursor = await cursorNow(server.url, token);
    await server.stop();
    const restoreLog = async (...names: string[]): Promise<void> => {
      for (const name of names) {
        await rm(join(server.dataDir, name), { force: true });
        await cp(join(copy, name), join(server.dataDir, name));
      }
    };
    await restoreLog("log.db", "log.head");
    await expect(server.restart()).rejects.toThrow(/ends at record 6, though record 9[^]*--accept-new-log/);
    expect(await server.ended()).toBe(1);

    // Overtaken: another record stands where the read model knows one.
    await using other = await startServer({ dataDir: copy });
    await sendAll(other, token, "other", 5);
    await other.stop();
    await restoreLog("log.db", "log.head");
    await expect(server.restart()).rejects.toThrow(/record 9 is not the one that was applied[^]*--accept-new-log/);

    await using accepting = await startServer({ dataDir: server.dataDir, env: { ACCEPT_NEW_LOG: "1" } });
    const again = await tokenOf(accepting.url, "mehdi");
    const others = Array.from({ length: 5 }, (_, index) => `other${index}`);
    expect(await textsOf(accepting, again)).toEqual([...before, ...others]);
    expect(await resetOf(accepting, again, lostCursor)).toMatch(/another log/);
    await accepting.stop();
    await server.restart(); // and needs no flag any more
    await rm(copy, { recursive: true });
  });
});
