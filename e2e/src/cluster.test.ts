import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ChatClient, ChatMessage } from "@chat/client";
import { createNodeChatClient } from "@chat/client/node";
import { callJson, message, tokenOf } from "./call.ts";
import { idOf, send, stored } from "./sdk.ts";
import { type Cluster, startCluster, startServer, until } from "./harness.ts";

/** A signed-in client and the texts it saw, in the order it saw them. */
async function connect(
  url: string,
  login: string,
  protocol: "grpc" | "grpc-web",
): Promise<{ client: ChatClient; seen: ChatMessage[] } & AsyncDisposable> {
  const client = await createNodeChatClient({ baseUrl: url, protocol });
  await client.session.login({ login, password: "000000" });
  const seen: ChatMessage[] = [];
  client.feed.onChange((change) => {
    if (change.row === "message") seen.push(change.message);
  });
  await until("the stream is live", () => client.feed.$connection.get().state === "live");
  return { client, seen, [Symbol.asyncDispose]: () => client.close() };
}

describe("two servers on one NATS", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster(2);
  });
  afterAll(() => cluster[Symbol.asyncDispose]());
  const urlOf = (index: number): string => cluster.servers[index]?.url ?? "";

  it("carry a conversation between them, in one order for both", async () => {
    await using ada = await connect(urlOf(0), "mehdi", "grpc");
    await using bob = await connect(urlOf(1), "mehdi1", "grpc-web");
    for (let round = 0; round < 20; round++) {
      await Promise.all([send(ada.client, "@mehdi1", `a${round}`), send(bob.client, "@mehdi", `b${round}`)]);
    }
    await until("both saw all", () => ada.seen.length === 40 && bob.seen.length === 40);
    expect(ada.seen.map(({ seq }) => seq)).toEqual(bob.seen.map(({ seq }) => seq));
    expect(ada.seen.filter(({ sender }) => sender === idOf(ada.client)).map(({ text }) => text)).toEqual(
      Array.from({ length: 20 }, (_, index) => `a${index}`),
    );
  });

  it("lose and double nothing when one of them is killed in mid-conversation", async () => {
    const [first] = cluster.servers;
    if (!first) throw new Error("no server");
    await using ada = await connect(urlOf(0), "mehdi", "grpc");
    await using bob = await connect(urlOf(1), "mehdi2", "grpc-web");
    const before = bob.seen.length;
    const items = [];
    for (let count = 0; count < 60; count++) {
      items.push(await send(ada.client, "@mehdi2", `k${count}`));
      if (count === 30) await first.kill();
    }
    await first.restart();
    ada.client.feed.retryNow();
    const messages = await Promise.all(items.map(({ clientId }) => stored(ada.client, clientId)));
    expect(new Set(messages.map(({ seq }) => seq)).size).toBe(60);
    await until("both saw all", () => ada.seen.length >= 60 && bob.seen.length - before >= 60);
    const texts = Array.from({ length: 60 }, (_, index) => `k${index}`);
    expect(bob.seen.slice(before).map(({ text }) => text)).toEqual(texts);
    expect(ada.seen.map(({ text }) => text)).toEqual(texts);
  });

  it("make one account of a handle that is registered on both at once", async () => {
    const register = (url: string, number: number) =>
      callJson(url, "AuthService/Register", {
        email: `race${number}@example.org`,
        username: "racer",
        password: "correct horse 9 battery",
      });
    const answers = await Promise.all([0, 1, 0, 1].map((server, number) => register(urlOf(server), number)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const { status, body } of answers) if (status !== 200) expect(body["code"]).toBe("already_exists");
  });

  it("give a room's name to one of those who ask at once", async () => {
    const [one, two] = await Promise.all([tokenOf(urlOf(0), "mehdi"), tokenOf(urlOf(1), "mehdi1")]);
    const make = (url: string, token: string) =>
      callJson(url, "ChatService/CreateRoom", { name: "race", clientId: crypto.randomUUID() }, token);
    const answers = await Promise.all([make(urlOf(0), one), make(urlOf(1), two)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  it("end the streams of a session within a second of its sign-out elsewhere", async () => {
    await using ada = await connect(urlOf(0), "mehdi", "grpc");
    const token = await tokenOf(urlOf(1), "mehdi1");
    const controller = new AbortController();
    const stream = await fetch(`${urlOf(0)}/chat.v1.ChatService/Subscribe`, {
      method: "POST",
      headers: { "content-type": "application/connect+json", authorization: `Bearer ${token}` },
      body: new Uint8Array([0, 0, 0, 0, 2, 123, 125]),
      signal: controller.signal,
    });
    const reader = stream.body?.getReader();
    await reader?.read();
    const signedOutAt = performance.now();
    await callJson(urlOf(1), "AuthService/Logout", {}, token);
    let rest = "";
    for (;;) {
      const chunk = await reader?.read();
      if (!chunk || chunk.done) break;
      rest += Buffer.from(chunk.value).toString();
    }
    expect(rest).toContain("unauthenticated");
    expect(performance.now() - signedOutAt).toBeLessThan(1_000);
    const answer = await callJson(urlOf(0), "ChatService/SendMessage", message("@mehdi", "too late"), token);
    expect(answer.body["code"]).toBe("unauthenticated");
    expect(ada.seen.filter(({ text }) => text === "too late")).toEqual([]);
  });

  it("say that NATS is gone, go on reading, and deliver what waited when it is back", async () => {
    await using ada = await connect(urlOf(0), "mehdi", "grpc");
    await cluster.nats.kill();
    await until("the server says so", async () => (await fetch(`${urlOf(0)}/readyz`)).status === 503);
    expect(await (await fetch(`${urlOf(0)}/readyz`)).text()).toContain("NATS can't be reached");
    const page = await ada.client.messages.list({ conversation: "@mehdi1", pageSize: 5 });
    expect(page.messages).toHaveLength(5);
    const item = await send(ada.client, "@mehdi1", "while it was gone");
    await cluster.nats.restart();
    expect(await stored(ada.client, item.clientId)).toMatchObject({ text: "while it was gone" });
    await until("the event came once", () => ada.seen.filter(({ text }) => text === "while it was gone").length === 1);
  });

  it("shut down by SIGTERM with their streams told to go elsewhere", async () => {
    await using extra = await startServer({ env: { NATS_URL: cluster.nats.url } });
    const client = await createNodeChatClient({ baseUrl: extra.url });
    await client.session.login({ login: "mehdi", password: "000000" });
    await until("live", () => client.feed.$connection.get().state === "live");
    const sends = Array.from({ length: 50 }, (_, count) => send(client, "@mehdi1", `last ${count}`));
    await Promise.all(sends);
    expect(await extra.stop()).toBe(0);
    expect(client.feed.$connection.get().state).not.toBe("live");
    await client.close();
  });
});

describe("an embedded server", () => {
  it("has every acknowledged message after kill -9, and refuses a second process on its directory", async () => {
    await using server = await startServer();
    const token = await tokenOf(server.url, "mehdi");
    const sent: string[] = [];
    for (let count = 0; count < 50; count++) {
      const answer = await callJson(server.url, "ChatService/SendMessage", message("@mehdi1", `m${count}`), token);
      if (answer.status === 200) sent.push(`m${count}`);
    }
    await using second = await startServer({ dataDir: server.dataDir, waitForReady: false });
    expect(await second.ended()).toBe(1);
    expect(second.output()).toMatch(/in use by another server/);
    await server.kill();
    await server.restart();
    const list = await callJson(
      server.url,
      "ChatService/ListMessages",
      { conversation: "@mehdi1", pageSize: 100 },
      await tokenOf(server.url, "mehdi"),
    );
    expect((list.body as { messages: { text: string }[] }).messages.map(({ text }) => text)).toEqual(sent);
  });

  it("stops in good order when it is asked to before it could start", async () => {
    await using server = await startServer({ waitForReady: false, env: { NATS_URL: "nats://127.0.0.1:9" } });
    await until("it says what it waits for", async () => {
      const answer = await fetch(`${server.url}/readyz`).then(
        (response) => response.text(),
        () => "", // not listening yet
      );
      return answer.includes("waiting for NATS");
    });
    expect(await server.stop()).toBe(0);
    expect(server.output()).not.toContain("fatal");
  });

  it("names every bad setting and starts nothing", async () => {
    await using server = await startServer({
      waitForReady: false,
      env: { TLS: "yes", TLS_PORT: "x", LOG_LEVEL: "loud", NATS_CREDS: "/nowhere" },
    });
    expect(await server.ended()).toBe(2);
    for (const name of ["TLS ", "TLS_PORT", "LOG_LEVEL", "NATS_CREDS"]) expect(server.output()).toContain(name);
  });
});
