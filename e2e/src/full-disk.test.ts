import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { mountSmallDisk, type SmallDisk } from "../../chaos/src/small-disk.ts";
import { callJson, message, tokenOf } from "./call.ts";
import { type ServerProcess, startServer, until } from "./harness.ts";

/** How long the disk stays full. Longer by hand: FULL_DISK_SECONDS=30. */
const FULL_MS = Number(process.env.FULL_DISK_SECONDS ?? 4) * 1_000;
const TEST_TIMEOUT_MS = FULL_MS + 60_000;
const SENDERS = 8;
/** Within this time of room everything goes on by itself. */
const HEALED_MS = 5_000;

/** Messages of a Subscribe stream over the Connect protocol, as long as it lives. */
function follow(url: string, token: string): { readonly texts: Set<string>; readonly hasEnded: () => boolean } {
  const texts = new Set<string>();
  let hasEnded = false;
  const request = Buffer.from("{}");
  const head = Buffer.alloc(5);
  head.writeUInt32BE(request.length, 1);
  const run = async (): Promise<void> => {
    const { body } = await fetch(`${url}/chat.v1.ChatService/Subscribe`, {
      method: "POST",
      headers: { "content-type": "application/connect+json", authorization: `Bearer ${token}` },
      body: Buffer.concat([head, request]),
    });
    let rest = Buffer.alloc(0);
    for await (const chunk of body ?? []) {
      rest = Buffer.concat([rest, chunk as Uint8Array]);
      while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
        const end = 5 + rest.readUInt32BE(1);
        for (const [, text] of rest.toString("utf8", 5, end).matchAll(/"text":"([^"]+)"/g)) texts.add(text ?? "");
        rest = rest.subarray(end);
      }
    }
  };
  run().then(
    () => (hasEnded = true),
    () => (hasEnded = true),
  );
  return { texts, hasEnded: () => hasEnded };
}

async function historyOf(server: ServerProcess, token: string): Promise<Set<string>> {
  const texts = new Set<string>();
  for (let before: string | undefined; ;) {
    const { status, body } = await callJson(
      server.url,
      "ChatService/ListMessages",
      { conversation: "@mehdi1", pageSize: 200, ...(before !== undefined && { before }) },
      token,
    );
    expect(status).toBe(200);
    const page = (body as { messages?: { seq: string; text: string }[] }).messages ?? [];
    for (const { text } of page) texts.add(text);
    const oldest = page.map(({ seq }) => BigInt(seq)).sort((one, other) => (one < other ? -1 : 1))[0];
    if (oldest === undefined) return texts;
    before = String(oldest);
  }
}

const missing = (wanted: Set<string>, found: Set<string>): string[] => [...wanted].filter((text) => !found.has(text));

it(
  "goes on by itself after the disk was full under load, having lost nothing that it acknowledged",
  async (context) => {
    const directory = await mkdtemp(join(tmpdir(), "chat-full-"));
    const mounted = await mountSmallDisk(directory);
    if ("refused" in mounted) return context.skip(mounted.refused);
    await using disk: SmallDisk = mounted;
    const dataDir = join(directory, "data");
    await mkdir(dataDir);
    await using server = await startServer({ dataDir, env: { LOG_LEVEL: "info" } });
    const token = await tokenOf(server.url, "mehdi");
    const leaving = await tokenOf(server.url, "mehdi");
    const stream = follow(server.url, await tokenOf(server.url, "mehdi1"));

    const acknowledged = new Set<string>();
    const refusals = new Map<number, number>();
    let newestAt = 0;
    let isOver = false;
    const senders = Array.from({ length: SENDERS }, async (_, sender) => {
      for (let number = 0; !isOver; number++) {
        const text = `${sender}-${number} ${"x".repeat(500)}`;
        const send = callJson(server.url, "ChatService/SendMessage", message("@mehdi1", text), token);
        const { status } = await send.catch(() => ({ status: 0 })); // the server is gone
        if (status === 200) {
          acknowledged.add(text);
          newestAt = Date.now();
        } else {
          refusals.set(status, (refusals.get(status) ?? 0) + 1);
          await delay(20);
        }
      }
    });
    const readyz = async (): Promise<string> => (await fetch(`${server.url}/readyz`)).text();

    await until("some messages are stored", () => acknowledged.size > 200);
    await disk.fill();
    await until("sends are refused", () => (refusals.get(429) ?? 0) > 0);
    await until("/readyz says why", async () => (await readyz()).includes("is full"));
    const fullAt = Date.now();
    let reads = 0;
    while (Date.now() - fullAt < FULL_MS) {
      const list = { conversation: "@mehdi1", pageSize: 10 };
      expect((await callJson(server.url, "ChatService/ListMessages", list, token)).status).toBe(200);
      reads++;
      await delay(100);
    }
    const logout = await callJson(server.url, "AuthService/Logout", {}, leaving);
    expect([logout.status, logout.body["message"]]).toEqual([429, expect.stringContaining("over on this server")]);
    expect((await callJson(server.url, "AuthService/GetMe", {}, leaving)).status).toBe(401);
    expect(await readyz()).toContain("is full");
    expect(stream.hasEnded()).toBe(false);

    const before = acknowledged.size;
    await disk.empty();
    const roomAt = Date.now();
    await until(
      "it is ready and takes messages",
      async () => acknowledged.size > before && (await readyz()).includes('"ready"'),
    );
    const healedMs = Date.now() - roomAt;
    expect(healedMs).toBeLessThan(HEALED_MS);
    await until("messages flow", () => acknowledged.size > before + 100 && newestAt > roomAt);
    isOver = true;
    await Promise.all(senders);

    expect([...refusals.keys()]).toEqual([429]);
    await until("the stream has all", () => missing(acknowledged, stream.texts).length === 0);
    expect(stream.hasEnded()).toBe(false);
    expect(missing(acknowledged, await historyOf(server, token))).toEqual([]);
    expect((await callJson(server.url, "AuthService/GetMe", {}, leaving)).status).toBe(401);
    await until("the end of the session is recorded", () => server.output().includes("recorded as ended"));
    await server.kill();
    await server.restart();
    expect(missing(acknowledged, await historyOf(server, token))).toEqual([]);
    expect((await callJson(server.url, "AuthService/GetMe", {}, leaving)).status).toBe(401);
    expect(server.output()).not.toContain("log-broken");
    if (process.env.FULL_DISK_SECONDS)
      console.log({ fullMs: FULL_MS, acknowledged: acknowledged.size, reads, refusals, healedMs });
    await server.kill();
  },
  TEST_TIMEOUT_MS,
);
