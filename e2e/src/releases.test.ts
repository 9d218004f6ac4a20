import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { createNodeChatClient } from "@chat/client/node";
import { describe, expect, it } from "vitest";
import { startNatsServer } from "../../scripts/nats-server/start.ts";
import { ROOT } from "../../scripts/paths.ts";
import { NOTE_EMOJI } from "../../server/src/testing/next-release/next-release.ts";
import { callJson, type JsonAnswer, message, tokenOf } from "./call.ts";
import { type ServerProcess, startServer, until } from "./harness.ts";
import { cursorNow, framesUntilCaughtUp } from "./subscribe.ts";

// A server of this release beside one of the next: this one with two more kinds of events, one of which needs another version of the record format
// (server/src/testing/next-release).

const NEXT_RELEASE = `--import=${join(ROOT, "server/src/testing/next-release/hooks.ts")}`;

/** A server hears another one for the first time within 5 s, takes it that it has heard all after 10 s, and one for gone after 30 s. */
const HEARD_ALL_MS = 12_000;
const GONE_MS = 60_000;

/** Servers compare their states at records whose sequence is a multiple of this, and tell each other every 5 s. */
const COMPARED_RECORDS = 64;
const COMPARED_MS = 11_000;

interface Row {
  readonly seq: string;
  readonly text?: string;
  readonly pinned?: boolean;
}

const TO = "@mehdi1";
const readyz = async ({ url }: ServerProcess): Promise<string> => (await fetch(`${url}/readyz`)).text();
const call = (server: ServerProcess, token: string, method: string, asked: object): Promise<JsonAnswer> =>
  callJson(server.url, `ChatService/${method}`, { clientId: randomUUID(), ...asked }, token);
const pin = (server: ServerProcess, token: string, seq: string): Promise<JsonAnswer> =>
  call(server, token, "PinMessage", { seq });
const note = (server: ServerProcess, token: string, seq: string): Promise<JsonAnswer> =>
  call(server, token, "AddReaction", { seq, emoji: NOTE_EMOJI });

async function send(server: ServerProcess, token: string, text: string): Promise<string> {
  const { status, body } = await callJson(server.url, "ChatService/SendMessage", message(TO, text), token);
  expect(status, JSON.stringify(body)).toBe(200);
  return (body as { message: Row }).message.seq;
}

async function rowsOf(server: ServerProcess, token: string): Promise<Row[]> {
  const { body } = await callJson(server.url, "ChatService/ListMessages", { conversation: TO, pageSize: 100 }, token);
  return (body as { messages: Row[] }).messages;
}

async function versionsOf(server: ServerProcess, token: string, seq: string): Promise<string[]> {
  const { body } = await callJson(server.url, "ChatService/ListMessageVersions", { seq }, token);
  return ((body as { versions?: { text: string }[] }).versions ?? []).map(({ text }) => text);
}

async function figure(server: ServerProcess, name: string): Promise<number | undefined> {
  const line = (await (await fetch(server.metricsUrl)).text()).split("\n").find((each) => each.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length));
}

/** What the projection of a server that has stopped says. */
function progressOf({ dataDir }: ServerProcess): Record<string, unknown> {
  const database = new DatabaseSync(join(dataDir, "projection.db"), { readOnly: true });
  try {
    return { ...database.prepare("SELECT sequence, hex(hash) AS hash, format FROM progress").get() };
  } finally {
    database.close();
  }
}

const tooOld = {
  status: 400,
  body: {
    code: "failed_precondition",
    details: expect.arrayContaining([
      expect.objectContaining({
        type: "google.rpc.ErrorInfo",
        debug: expect.objectContaining({ reason: "SERVERS_TOO_OLD" }) as unknown,
      }),
    ]) as unknown,
  },
};

describe("a server of this release and one of the next, side by side", () => {
  it("serve alike what both read, refuse what only one reads until the other is upgraded, and come to the same", async () => {
    await using nats = await startNatsServer();
    const env = { NATS_URL: nats.url };
    const nextEnv = { ...env, NODE_OPTIONS: NEXT_RELEASE };
    await using older = await startServer({ env });
    await using newer = await startServer({ env: nextEnv });
    const both = [older, newer] as const;
    const token = await tokenOf(older.url, "mehdi");
    const reader = await createNodeChatClient({ baseUrl: older.url });
    await reader.session.login({ login: "mehdi1", password: "000000" });
    const seen: string[] = [];
    reader.feed.onChange((change) => {
      if (change.row === "message" && change.cause === "message-posted") seen.push(change.message.text);
    });
    await until("the stream is live", () => reader.feed.$connection.get().state === "live");

    // What both read.
    const first = await send(older, token, "first");
    const second = await send(newer, token, "second");
    for (const [server, seq] of [
      [older, second],
      [newer, first],
    ] as const) {
      for (const [method, asked] of [
        ["EditMessage", { seq, text: `edited ${seq}` }],
        ["AddReaction", { seq, emoji: "👍" }],
      ] as const)
        expect(await call(server, token, method, asked)).toMatchObject({ status: 200 });
    }

    // What only the newer one reads, in a version that both read: the older one carries it.
    for (const seq of [first, second, first]) expect((await note(newer, token, seq)).status).toBe(200);
    const carried = 'chat_unknown_events_total{kind="41"}';
    await until("the older one carried them", async () => (await figure(older, carried)) === 3);
    expect(await figure(newer, carried)).toBeUndefined();
    expect(older.output().match(/of a kind that this release does not read/g)).toHaveLength(1);
    expect(await versionsOf(newer, token, first)).toEqual(expect.arrayContaining(["first", NOTE_EMOJI, NOTE_EMOJI]));
    expect(await versionsOf(older, token, first)).not.toContain(NOTE_EMOJI);
    expect(await rowsOf(older, token)).toEqual(await rowsOf(newer, token));
    // A cursor whose place is such an event goes on wherever it is handed in.
    const cursor = await cursorNow(newer.url, token);
    for (const server of both) {
      const frames = await framesUntilCaughtUp(server.url, token, cursor);
      expect(frames.map(({ payload }) => payload.case)).toEqual(["ready", "heartbeat"]);
    }

    // What only the newer one reads, in a version of its own: refused, however long the newer one has listened.
    expect(await pin(newer, token, first)).toMatchObject(tooOld);
    await delay(HEARD_ALL_MS);
    expect(await pin(newer, token, first)).toMatchObject(tooOld);
    expect((await pin(older, token, second)).status).toBe(200);
    expect((await call(newer, token, "UnpinMessage", { seq: second })).status).toBe(200);

    // An erasure in their midst, and enough records for the servers to compare their states.
    expect((await call(older, token, "DeleteMessage", { seq: second })).status).toBe(200);
    const texts: string[] = [];
    for (let number = 0; number < COMPARED_RECORDS; number++) {
      texts.push(`text ${number}`);
      await send(both[number % 2 === 0 ? 0 : 1], token, `text ${number}`);
    }
    await until("the reader saw all", () => seen.length === texts.length + 2);
    expect(seen).toEqual(["first", "second", ...texts]);
    await delay(COMPARED_MS);
    for (const server of both) {
      expect(await figure(server, "chat_applied_record")).toBeGreaterThan(COMPARED_RECORDS);
      expect(await figure(server, "chat_state_differences_total")).toBe(0);
      expect(await figure(server, "chat_erasures_waiting")).toBe(0);
      expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    }
    await reader.close();

    // Once the older one is gone, the kind is taken.
    expect(await older.stop()).toBe(0);
    expect(progressOf(older)).toMatchObject({ format: 1 });
    await until("the kind is taken", async () => (await pin(newer, token, first)).status === 200, GONE_MS);
    const third = await send(newer, token, "third");

    // The older one meets it.
    await older.restart({ waitForReady: false });
    const refusal = /format version 2; this release reads version 1\. Upgrade this server\./;
    await until("the older one says why it stops", async () => refusal.test(await readyz(older).catch(() => "")));
    const stoodAt = await figure(older, "chat_applied_record");
    await until("the newer one heard it", async () => (await pin(newer, token, third)).status === 400);
    expect(await pin(newer, token, third)).toMatchObject(tooOld);
    await send(newer, token, "fourth");
    expect(await callJson(older.url, "ChatService/SendMessage", message(TO, "lost"), token)).toMatchObject({
      status: 503,
      body: { code: "unavailable" },
    });
    await delay(4_000); // it looks again every 3 s
    expect(await readyz(older)).toMatch(refusal);
    expect(await figure(older, "chat_applied_record")).toBe(stoodAt);
    expect(older.output()).toMatch(refusal);

    // It goes on once it is upgraded, and has what it had carried.
    await older.stop();
    await older.restart({ env: nextEnv });
    const upgraded = older;
    await until("it takes the kind as well", async () => (await pin(upgraded, token, third)).status === 200, GONE_MS);
    await until("the other one has it", async () => (await rowsOf(newer, token)).at(-2)?.pinned === true);
    const rows = await rowsOf(upgraded, token);
    expect(rows).toEqual(await rowsOf(newer, token));
    expect(rows.slice(-2)).toMatchObject([{ text: "third", pinned: true }, { text: "fourth" }]);
    expect(rows[0]).toMatchObject({ seq: first, pinned: true });
    expect(await versionsOf(upgraded, token, first)).toContain(NOTE_EMOJI);
    expect(await versionsOf(upgraded, token, first)).toEqual(await versionsOf(newer, token, first));
    expect(await figure(upgraded, carried)).toBeUndefined();
    await delay(COMPARED_MS);
    for (const server of both) {
      expect(await figure(server, "chat_state_differences_total")).toBe(0);
      expect(await server.stop()).toBe(0);
    }
    expect(progressOf(upgraded)).toEqual(progressOf(newer));
    expect(progressOf(newer)).toMatchObject({ format: 2 });
  }, 240_000);
});
