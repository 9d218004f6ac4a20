import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createNodeChatClient } from "@chat/client/node";
import { type NatsServer, startNatsServer } from "../../scripts/nats-server/start.ts";
import { type ServerProcess, startServer, until } from "./harness.ts";
import { send, stored } from "./sdk.ts";

const WORKERS = 2;

/** Process ids of the workers of a server, found by who started them. */
async function workersOf(server: ServerProcess): Promise<number[]> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid="]);
  return stdout
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number])
    .filter(([, parent]) => parent === server.pid)
    .map(([pid]) => pid);
}

describe("several workers on one port", () => {
  let nats: NatsServer;
  let server: ServerProcess;
  beforeAll(async () => {
    nats = await startNatsServer();
    server = await startServer({ env: { NATS_URL: nats.url, WORKERS: String(WORKERS) } });
    await until("all are ready", () => server.output().includes("all workers are ready"));
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await nats[Symbol.asyncDispose]();
  });

  it("share the connections, and carry every message to the streams of all", async () => {
    const clients = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const client = await createNodeChatClient({ baseUrl: server.url });
        await client.session.login({ login: "mehdi", password: "000000" });
        const texts: string[] = [];
        client.feed.onChange((change) => change.row === "message" && texts.push(change.message.text));
        await until("the stream is live", () => client.feed.$connection.get().state === "live");
        return { client, texts };
      }),
    );
    for (const [index, { client }] of clients.entries()) await send(client, "@mehdi1", `to all, from ${index}`);
    await until("everybody has them all", () => clients.every(({ texts }) => texts.length === clients.length));
    const [first] = clients;
    for (const { texts } of clients) expect(texts).toEqual(first?.texts);
    for (const worker of [1, 2]) expect(server.output()).toMatch(new RegExp(`"worker":${worker},"call":"[^"]*Login"`));
    await Promise.all(clients.map(({ client }) => client.close()));
  });

  it("tell their figures together, whichever is asked", async () => {
    const text = await (await fetch(server.metricsUrl)).text();
    const calls = /^chat_calls_total\{call="\/chat.v1.ChatService\/SendMessage",code="Ok"\} (\d+)$/m.exec(text)?.[1];
    expect(Number(calls)).toBe(4);
  });

  it("lose nothing when one of them is killed: its clients resume on another, and it is replaced", async () => {
    const client = await createNodeChatClient({ baseUrl: server.url });
    await client.session.login({ login: "mehdi", password: "000000" });
    const texts: string[] = [];
    client.feed.onChange((change) => change.row === "message" && texts.push(change.message.text));
    await until("the stream is live", () => client.feed.$connection.get().state === "live");
    const before = await workersOf(server);
    expect(before).toHaveLength(WORKERS);
    const [victim] = before;
    const items = [];
    for (let count = 0; count < 20; count++) {
      items.push(await send(client, "@mehdi1", `k${count}`));
      if (count === 10 && victim !== undefined) process.kill(victim, "SIGKILL");
    }
    await Promise.all(items.map(({ clientId }) => stored(client, clientId)));
    await until("each came once", () => texts.length >= items.length);
    expect(texts).toEqual(items.map((_, count) => `k${count}`));
    await until("it is replaced", async () => {
      const now = await workersOf(server);
      return now.length === WORKERS && !now.includes(victim ?? 0);
    });
    await client.close();
  });

  it("stop together, in good order, when their supervisor is asked to", async () => {
    const workers = await workersOf(server);
    expect(await server.stop()).toBe(0);
    for (const pid of workers) await expect(readFile(`/proc/${pid}/stat`)).rejects.toThrow("ENOENT");
  });
});

it("refuses workers without NATS", async () => {
  const server = await startServer({ env: { WORKERS: "2" }, waitForReady: false });
  expect(await server.ended()).toBe(2);
  expect(server.output()).toContain("WORKERS above 1 needs NATS_URL");
  await server[Symbol.asyncDispose]();
});
