import { DatabaseSync } from "node:sqlite";
import { existsSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createNodeChatClient } from "@chat/client/node";
import { toBinary } from "@bufbuild/protobuf";
import { EventSchema } from "@chat/proto/chat/log/v1/event";
import { DiscardPolicy, type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { describe, expect, it } from "vitest";
import { startNatsCluster } from "../../scripts/nats-server/cluster.ts";
import { startNatsServer } from "../../scripts/nats-server/start.ts";
import { encodeRecord } from "../../server/src/log/record-codec.ts";
import { posted } from "../../server/src/testing/events.ts";
import { callJson, type JsonAnswer, message, signIn, tokenOf } from "./call.ts";
import * as sdk from "./sdk.ts";
import { type ServerProcess, startServer, until } from "./harness.ts";

// What docs/reliability.md says of each kind of trouble, brought about for real.

const STREAM = "CHAT_LOG";
const SUBJECT = "chat.log";

/** An election, then the time after which trouble is told. */
const TOLD_MS = 45_000;

const readyz = async ({ url }: ServerProcess): Promise<string> => (await fetch(`${url}/readyz`)).text();
const send = (server: ServerProcess, token: string, text: string): Promise<JsonAnswer> =>
  callJson(server.url, "ChatService/SendMessage", message("@mehdi1", text), token);
const isReady = async (server: ServerProcess): Promise<boolean> => (await fetch(`${server.url}/readyz`)).ok;

async function says(server: ServerProcess, words: RegExp): Promise<void> {
  let last = "";
  await until(`/readyz says ${String(words)}`, async () => words.test((last = await readyz(server))), TOLD_MS).catch(
    (error: unknown) => {
      throw new Error(`${(error as Error).message}; it says ${last}`);
    },
  );
}

function expectUnavailable(answer: JsonAnswer): void {
  expect(answer.status).toBe(503);
  expect(answer.body).toMatchObject({
    code: "unavailable",
    details: [expect.objectContaining({ type: "google.rpc.RetryInfo" })],
  });
}

async function textsOf(server: ServerProcess, token: string): Promise<string[]> {
  const list = await callJson(
    server.url,
    "ChatService/ListMessages",
    { conversation: "@mehdi1", pageSize: 100 },
    token,
  );
  expect(list.status).toBe(200);
  return (list.body as { messages?: { text: string }[] }).messages?.map(({ text }) => text) ?? [];
}

async function withStream<T>(url: string, work: (jsm: JetStreamManager) => Promise<T>): Promise<T> {
  const connection = await connect({ servers: url.split(",") });
  try {
    return await work(await jetstreamManager(connection));
  } finally {
    await connection.close();
  }
}

describe("a server in trouble", () => {
  it(
    "whose NATS is gone goes on reading and streaming, lets senders wait through an election, then says try again",
    { timeout: 120_000 },
    async () => {
      await using nats = await startNatsServer();
      await using server = await startServer({ env: { NATS_URL: nats.url } });
      const token = await tokenOf(server.url, "mehdi");
      expect((await send(server, token, "before")).status).toBe(200);
      const client = await createNodeChatClient({ baseUrl: server.url });
      await client.session.login({ login: "mehdi1", password: "000000" });
      const seen: string[] = [];
      client.feed.onChange((change) => {
        if (change.row === "message") seen.push(change.message.text);
      });
      await until("the stream is live", () => client.feed.$connection.get().state === "live");

      await nats.kill();
      const startedAt = performance.now();
      const answer = await send(server, token, "into the void");
      expect(performance.now() - startedAt).toBeGreaterThan(9_000); // an election would have been over
      expectUnavailable(answer);
      expect(await readyz(server)).toContain("NATS can't be reached");
      expect(await textsOf(server, token)).toEqual(["before"]);
      const item = await sdk.send(client, "@mehdi", "from the outbox");
      expect(client.feed.$connection.get().state).toBe("live");

      await nats.restart();
      expect(await sdk.stored(client, item.clientId)).toMatchObject({ text: "from the outbox" });
      await until("it is ready again", () => isReady(server), TOLD_MS);
      await until("the event came", () => seen.includes("from the outbox"));
      await client.close();
    },
  );

  it(
    "whose NATS lost its quorum says so without any traffic, goes on reading, and recovers by itself",
    { timeout: 180_000 },
    async () => {
      await using nats = await startNatsCluster();
      await using server = await startServer({ env: { NATS_URL: nats.url, NATS_REPLICAS: "3" } });
      const token = await tokenOf(server.url, "mehdi");
      expect((await send(server, token, "before")).status).toBe(200);
      const [one, two] = nats.nodes;
      await Promise.all([one?.kill(), two?.kill()]);
      await says(server, /no leader for it, or no quorum/);
      expect(await textsOf(server, token)).toEqual(["before"]);
      await Promise.all([one?.restart({ dontWait: true }), two?.restart({ dontWait: true })]);
      await until("it is ready again", () => isReady(server), TOLD_MS);
      expect((await send(server, token, "after")).status).toBe(200);
    },
  );

  it("whose storage is full refuses messages as such, says so, and takes them again when there is room", async () => {
    await using nats = await startNatsServer();
    await using server = await startServer({ env: { NATS_URL: nats.url } });
    const token = await tokenOf(server.url, "mehdi");
    expect((await send(server, token, "before")).status).toBe(200);
    await withStream(nats.url, (jsm) => jsm.streams.update(STREAM, { max_bytes: 300 }));
    const answer = await send(server, token, "x".repeat(500));
    expect(answer.body).toMatchObject({ code: "resource_exhausted", message: "The server's storage is full." });
    expect(await readyz(server)).toContain("the log takes nothing: The server's storage is full.");
    expect(await textsOf(server, token)).toEqual(["before"]);
    await withStream(nats.url, (jsm) => jsm.streams.update(STREAM, { max_bytes: -1 }));
    expect((await send(server, token, "after")).status).toBe(200);
    expect(await isReady(server)).toBe(true);
  });

  it("whose log was deleted and made anew applies nothing of it, and says so", { timeout: 120_000 }, async () => {
    await using nats = await startNatsServer();
    await using server = await startServer({ env: { NATS_URL: nats.url } });
    const token = await tokenOf(server.url, "mehdi");
    expect((await send(server, token, "before")).status).toBe(200);
    await withStream(nats.url, async (jsm) => {
      const { config } = await jsm.streams.info(STREAM);
      await jsm.streams.delete(STREAM);
      await jsm.streams.add({ ...config, metadata: { "chat-epoch": crypto.randomUUID() } });
    });
    await says(server, /deleted and made anew/);
    expect((await send(server, token, "into another log")).status).not.toBe(200);
    await server.kill();
    await expect(server.restart()).rejects.toThrow(
      /records were applied here from the log of epoch.*--accept-new-log/s,
    );
    expect(await server.ended()).toBe(1);
    await using accepting = await startServer({
      dataDir: server.dataDir,
      env: { NATS_URL: nats.url, ACCEPT_NEW_LOG: "1" },
    });
    expect(await textsOf(accepting, await tokenOf(accepting.url, "mehdi"))).toEqual([]);
  });

  it("whose log is gone makes no empty one over a read model that has records, unless it is told to", async () => {
    await using nats = await startNatsServer();
    await using server = await startServer({ env: { NATS_URL: nats.url } });
    const token = await tokenOf(server.url, "mehdi");
    expect((await send(server, token, "before")).status).toBe(200);
    await server.stop();
    await withStream(nats.url, (jsm) => jsm.streams.delete(STREAM));
    await expect(server.restart()).rejects.toThrow(/NATS has no stream CHAT_LOG[^]*last copy[^]*--accept-new-log/);
    expect(await server.ended()).toBe(1);
    expect(existsSync(join(server.dataDir, "projection.db"))).toBe(true);
    await withStream(nats.url, (jsm) => expect(jsm.streams.info(STREAM)).rejects.toThrow(/not found/));
    await using accepting = await startServer({
      dataDir: server.dataDir,
      env: { NATS_URL: nats.url, ACCEPT_NEW_LOG: "1" },
    });
    expect(await textsOf(accepting, await tokenOf(accepting.url, "mehdi"))).toEqual([]);
  });

  it("whose log NATS is told to forget steps back at once and stores nothing, until that is set right", async () => {
    await using nats = await startNatsServer();
    await using server = await startServer({ env: { NATS_URL: nats.url } });
    const token = await tokenOf(server.url, "mehdi");
    expect((await send(server, token, "before")).status).toBe(200);
    await withStream(nats.url, (jsm) => jsm.streams.update(STREAM, { max_msgs: 100, discard: DiscardPolicy.Old }));
    await says(server, /NATS removes records from the log by its settings \(max_msgs with discard old\)/);
    for (const text of ["one", "two"]) expectUnavailable(await send(server, token, text));
    await withStream(nats.url, (jsm) => jsm.streams.update(STREAM, { max_msgs: -1, discard: DiscardPolicy.New }));
    await until("it is ready again", () => isReady(server), TOLD_MS);
    expect((await send(server, token, "after")).status).toBe(200);
    expect(server.output()).toContain("it discards old records when it is full");
  });

  it("whose sessions are gone from NATS says so while it runs", async () => {
    await using nats = await startNatsServer();
    await using server = await startServer({ env: { NATS_URL: nats.url } });
    await withStream(nats.url, (jsm) => jsm.streams.delete("KV_chat-sessions"));
    await says(server, /NATS lost KV_chat-sessions/);
  });

  it("that meets a record written on another past lets nothing of it happen, and goes on", async () => {
    await using nats = await startNatsServer();
    await using server = await startServer({ env: { NATS_URL: nats.url } });
    const { token, id } = await signIn(server.url, "mehdi");
    const before = (await send(server, token, "before")).body as { message: { conversation: string } };
    const event = toBinary(EventSchema, posted(Number(id), before.message.conversation, 1, "from another past"));
    const anchor = { sequence: 1, chain: new Uint8Array(16).fill(7) };
    const connection = await connect({ servers: nats.url });
    await jetstream(connection).publish(SUBJECT, encodeRecord({ origin: "other", batch: 1, events: [event], anchor }));
    await connection.close();
    expect((await send(server, token, "after")).status).toBe(200);
    expect(await textsOf(server, token)).toEqual(["before", "after"]);
    expect(server.output()).toContain("record-void");
    expect(await isReady(server)).toBe(true);
  });

  it("whose accounts are gone under a log with people in it does not start, unless it is told to", async () => {
    await using nats = await startNatsServer();
    await using server = await startServer({ env: { NATS_URL: nats.url } });
    expect((await send(server, await tokenOf(server.url, "mehdi"), "private")).status).toBe(200);
    await server.stop();
    await withStream(nats.url, (jsm) => jsm.streams.delete("KV_chat-accounts"));
    for (const attempt of [1, 2]) {
      await expect(server.restart(), `attempt ${attempt}`).rejects.toThrow(
        /not a single account[^]*--accept-no-accounts/,
      );
      expect(await server.ended()).toBe(1);
    }
    await using accepting = await startServer({
      dataDir: server.dataDir,
      env: { NATS_URL: nats.url, ACCEPT_NO_ACCOUNTS: "1" },
    });
    expect(accepting.output()).toContain("accounts-vanished");
  });

  it("whose log has a hole stops before it, for good, and names the record", async () => {
    await using nats = await startNatsServer();
    await using server = await startServer({ env: { NATS_URL: nats.url } });
    const token = await tokenOf(server.url, "mehdi");
    for (const text of ["one", "two", "three"]) expect((await send(server, token, text)).status).toBe(200);
    await server.stop();
    await rm(join(server.dataDir, "projection.db"));
    await withStream(nats.url, (jsm) => jsm.streams.deleteMessage(STREAM, 2));
    await expectUnready(server, /Record 2 is missing from the log and was not erased on purpose/);
    expect((await send(server, token, "four")).status).toBe(503);
  });

  it("that meets a record of a later release stops before it, says which, and sends its streams elsewhere", async () => {
    await using nats = await startNatsServer();
    await using server = await startServer({ env: { NATS_URL: nats.url } });
    const token = await tokenOf(server.url, "mehdi");
    expect((await send(server, token, "one")).status).toBe(200);
    const client = await createNodeChatClient({ baseUrl: server.url });
    await client.session.login({ login: "mehdi1", password: "000000" });
    await until("the stream is live", () => client.feed.$connection.get().state === "live");
    const connection = await connect({ servers: nats.url });
    await jetstream(connection).publish(SUBJECT, new Uint8Array([99, 1, 2, 3]));
    await connection.close();
    await says(server, /format version 99.*Upgrade this server/);
    expectUnavailable(await send(server, token, "two"));
    await until("the stream ended", () => client.feed.$connection.get().state !== "live");
    await client.close();
  });

  it("that is the odd one of three steps back and says so; the others go on", { timeout: 120_000 }, async () => {
    await using nats = await startNatsServer();
    const start = (): Promise<ServerProcess> => startServer({ env: { NATS_URL: nats.url } });
    await using first = await start();
    await using second = await start();
    await using odd = await start();
    const token = await tokenOf(first.url, "mehdi");
    expect((await send(first, token, "before")).status).toBe(200);
    await odd.stop();
    const projection = new DatabaseSync(join(odd.dataDir, "projection.db"));
    projection.exec("UPDATE progress SET hash = zeroblob(32)"); // as if it had made something else of the same log
    projection.close();
    rmSync(join(odd.dataDir, "projection.db.seal")); // which would give the change away, and have it made anew
    await odd.restart();
    for (let count = 0; count < 70; count++) expect((await send(first, token, `m${count}`)).status).toBe(200);
    await says(odd, /its state differs from the other servers'/);
    expectUnavailable(await send(odd, await tokenOf(first.url, "mehdi"), "by the odd one"));
    expect([await isReady(first), await isReady(second)]).toEqual([true, true]);
  });
});

async function expectUnready(server: ServerProcess, words: RegExp): Promise<void> {
  const restarted = server.restart().catch(() => undefined); // it never gets ready
  await until("it answers", () =>
    readyz(server).then(
      () => true,
      () => false,
    ),
  );
  await says(server, words);
  void restarted;
}
