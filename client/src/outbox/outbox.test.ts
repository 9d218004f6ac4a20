import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { createMemoryArea, createMemoryStorage } from "../storage/memory-storage.ts";
import { clientUnderTest, type ClientUnderTest } from "../testing/client-under-test.ts";
import { UNREACHABLE, type Fault } from "../testing/fake-server.ts";
import { settled } from "../testing/fake-time.ts";
import type { OutboxItem } from "../types.ts";

const REFUSED: Fault = { fail: new ConnectError("Too long.", Code.InvalidArgument) };
const to = (address: string) => (request: unknown) => (request as { to: string }).to === address;
const states = (test: ClientUnderTest) =>
  test.client.outbox.$items.get().map(({ action, state }) => ["text" in action ? action.text : action.kind, state]);
const sentIds = (test: ClientUnderTest) =>
  test.server.calls
    .filter(({ method }) => method === "sendMessage")
    .map(({ request }) => (request as { clientId: string }).clientId);

function send(test: ClientUnderTest, conversation: string, text: string): Promise<OutboxItem> {
  return test.client.outbox.add({ kind: "send", conversation, text });
}

/** A client without a stream, in the rooms #lobby and #new. */
async function offStream(): Promise<ClientUnderTest> {
  const test = await clientUnderTest({ autoStart: false });
  for (const name of ["lobby", "new"])
    test.server.chat.createRoom(test.server.id("ada"), { name, title: "", topic: "" });
  return test;
}

describe("outbox", () => {
  it("delivers and is empty", async () => {
    await using test = await offStream();
    const item = await send(test, "@bob", "hello");
    expect(await test.client.outbox.done(item.clientId)).toMatchObject({
      message: { text: "hello", clientId: item.clientId },
    });
    expect(states(test)).toEqual([]);
    expect(test.storage.keys("u/4096/outbox/")).toEqual([]);
    expect(await test.client.outbox.done(item.clientId)).toMatchObject({ message: { text: "hello" } });
  });

  it("keeps the order of a conversation through failures", async () => {
    await using test = await offStream();
    test.server.disturb("sendMessage", UNREACHABLE, { times: 3 });
    for (const text of ["one", "two", "three"]) await send(test, "@bob", text);
    await test.time.advance(60_000);
    expect(test.server.texts("ada", "@bob")).toEqual(["one", "two", "three"]);
  });

  it("keeps the order of a conversation when the replica is emptied, and over a restart before it is loaded", async () => {
    const storage = createMemoryStorage();
    await using test = await clientUnderTest({ storage });
    const { server, time } = test;
    server.post("ada", "#team", "made");
    await settled();
    server.disturb("listConversations", UNREACHABLE, { times: Infinity });
    server.disturb("getConversation", UNREACHABLE, { times: Infinity });
    server.disturb("sendMessage", UNREACHABLE, { when: (request) => (request as { text: string }).text === "one" });
    await send(test, "#team", "one");
    server.streams.open[0]?.send({ cursor: "1", payload: { case: "reset", value: {} } });
    await settled();
    await send(test, "#team", "two");
    await time.advance(20_000);
    expect(server.texts("ada", "#team")).toEqual(["made", "one", "two"]);

    server.disturb("sendMessage", UNREACHABLE, { times: 2 });
    await send(test, "#team", "three");
    await settled();
    await test.client.close();
    await using next = await clientUnderTest({ autoStart: false, server, storage, time });
    await send(next, "#team", "four");
    await time.advance(20_000);
    expect(server.texts("ada", "#team")).toEqual(["made", "one", "two", "three", "four"]);
  });

  it("gives a message up that an older server does not know how to take, and says so", async () => {
    await using test = await clientUnderTest({ autoStart: false });
    test.server.disturb("sendMessage", { fail: new ConnectError("Unknown.", Code.Unimplemented) });
    await send(test, "@bob", "from the future");
    await test.time.advance(60_000);
    expect(states(test)).toEqual([["from the future", "failed"]]);
    expect(test.client.outbox.$items.get()[0]?.error?.message).toMatch(/server is older/);
    expect(sentIds(test)).toHaveLength(1);
  });

  it("sends to another conversation while one hangs, also what is written later", async () => {
    await using test = await offStream();
    const hang = Promise.withResolvers<void>();
    test.server.disturb("sendMessage", { hang: hang.promise }, { when: to("@bob") });
    await send(test, "@bob", "stuck");
    await send(test, "#lobby", "first");
    await settled();
    await send(test, "#lobby", "second");
    await send(test, "#new", "third");
    await settled();
    expect(test.server.texts("ada", "#lobby")).toEqual(["first", "second"]);
    expect(test.server.texts("ada", "#new")).toEqual(["third"]);
    expect(states(test)).toEqual([["stuck", "sending"]]);
    hang.resolve();
    await settled();
    expect(test.server.texts("ada", "@bob")).toEqual(["stuck"]);
  });

  it("tries a conversation again while another one hangs", async () => {
    await using test = await offStream();
    test.server.disturb("sendMessage", { hang: new Promise(() => {}) }, { when: to("@bob") });
    test.server.disturb("sendMessage", UNREACHABLE, { when: to("#lobby") });
    await send(test, "@bob", "stuck");
    await send(test, "#lobby", "again");
    await test.time.advance(500);
    expect(test.server.texts("ada", "#lobby")).toEqual(["again"]);
  });

  it("leaves a conversation in peace as long as the server asks, whatever else is written", async () => {
    await using test = await offStream();
    const { RetryInfoSchema } = await import("@chat/proto/google/rpc/error_details");
    const busy = new ConnectError("Slow down.", Code.ResourceExhausted, undefined, [
      { desc: RetryInfoSchema, value: { retryDelay: { seconds: 20n } } },
    ]);
    test.server.disturb("sendMessage", { fail: busy }, { when: to("@bob") });
    await send(test, "@bob", "one");
    await test.time.advance(5_000);
    await send(test, "#lobby", "other");
    await test.time.advance(14_999);
    expect(test.server.texts("ada", "@bob")).toEqual([]);
    expect(test.server.texts("ada", "#lobby")).toEqual(["other"]);
    await test.time.advance(1);
    expect(test.server.texts("ada", "@bob")).toEqual(["one"]);
  });

  it("does not post twice when an answer is lost", async () => {
    await using test = await offStream();
    test.server.disturb("sendMessage", { loseAnswer: true }, { times: 2 });
    const { clientId } = await send(test, "@bob", "once");
    await test.time.advance(10_000);
    expect(sentIds(test)).toEqual([clientId, clientId, clientId]);
    expect(test.server.texts("ada", "@bob")).toEqual(["once"]);
    expect(await test.client.outbox.done(clientId)).toMatchObject({ message: { text: "once" } });
  });

  it("learns from the feed that a message whose answer is lost has arrived", async () => {
    await using test = await clientUnderTest();
    test.server.disturb("sendMessage", { loseAnswer: true });
    const { clientId } = await send(test, "@bob", "once");
    await settled();
    expect(await test.client.outbox.done(clientId)).toMatchObject({ message: { text: "once", clientId } });
    await test.time.advance(20_000);
    expect(test.server.count("sendMessage")).toBe(1);
    expect(states(test)).toEqual([]);
  });

  it("is not fooled by somebody else's message with the same id", async () => {
    await using test = await clientUnderTest();
    test.server.disturb("sendMessage", { hang: new Promise(() => {}) });
    const { clientId } = await send(test, "@bob", "mine");
    test.server.post("bob", "@ada", "theirs", clientId);
    await settled();
    expect(states(test)).toEqual([["mine", "sending"]]);
  });

  it("survives a restart, with order and ids", async () => {
    const first = await clientUnderTest({ autoStart: false });
    const { server, storage, time } = first;
    server.disturb("sendMessage", { loseAnswer: true });
    server.disturb("sendMessage", UNREACHABLE, { times: Infinity });
    for (const text of ["one", "two", "three"]) await send(first, "@bob", text);
    await settled();
    await first.client.close();
    server.calm();
    await time.advance(60_000);
    expect(server.texts("ada", "@bob")).toEqual(["one"]);
    await using next = await clientUnderTest({ autoStart: false, server, storage, time });
    await settled();
    expect(server.texts("ada", "@bob")).toEqual(["one", "two", "three"]);
    expect(states(next)).toEqual([]);
  });

  it("stops sending when it is closed in the middle of it", async () => {
    const test = await clientUnderTest({ autoStart: false });
    const hang = Promise.withResolvers<void>();
    test.server.disturb("sendMessage", { hang: hang.promise });
    await send(test, "@bob", "one");
    await send(test, "@bob", "two");
    await settled();
    await test.client.close();
    hang.resolve();
    await test.time.advance(60_000);
    expect(test.server.count("sendMessage")).toBe(1);
    expect(test.storage.keys("u/4096/outbox/")).toHaveLength(2);
  });

  it("keeps what was refused for good as failed and goes on with the next", async () => {
    await using test = await offStream();
    test.server.disturb("sendMessage", REFUSED);
    const refused = await send(test, "@bob", "one");
    const outcome = expect(test.client.outbox.done(refused.clientId)).rejects.toMatchObject({
      code: "invalid_argument",
    });
    await send(test, "@bob", "two");
    await settled();
    await outcome;
    expect(test.client.outbox.$items.get()).toEqual([
      { ...refused, state: "failed", error: { code: "invalid_argument", message: "Too long." } },
    ]);
    expect(test.server.texts("ada", "@bob")).toEqual(["two"]);
    await test.time.advance(60_000);
    expect(test.server.count("sendMessage")).toBe(2);
  });

  it("remembers a failure over a restart, and tries again with the same id when told to", async () => {
    const first = await clientUnderTest({ autoStart: false });
    const { server, storage, time } = first;
    server.disturb("sendMessage", REFUSED);
    const { clientId } = await send(first, "@bob", "one");
    await settled();
    await first.client.close();
    await using next = await clientUnderTest({ autoStart: false, server, storage, time });
    expect(states(next)).toEqual([["one", "failed"]]);
    next.client.outbox.retry(clientId);
    await settled();
    expect(sentIds(next)).toEqual([clientId, clientId]);
    expect(states(next)).toEqual([]);
  });

  it.each([Code.Unavailable, Code.DeadlineExceeded, Code.Internal, Code.Unknown, Code.ResourceExhausted, Code.Aborted])(
    "takes code %i as passing",
    async (code) => {
      await using test = await offStream();
      test.server.disturb("sendMessage", { fail: new ConnectError("trouble", code) });
      await send(test, "@bob", "one");
      await settled();
      expect(states(test)).toEqual([["one", "pending"]]);
      await test.time.advance(1_000);
      expect(test.server.texts("ada", "@bob")).toEqual(["one"]);
    },
  );

  it("gives up what is removed, for this run and the next", async () => {
    await using test = await offStream();
    test.server.disturb("sendMessage", UNREACHABLE, { times: Infinity });
    const { clientId } = await send(test, "@bob", "one");
    await settled();
    const outcome = expect(test.client.outbox.done(clientId)).rejects.toMatchObject({
      code: "failed_precondition",
    });
    await test.client.outbox.discard(clientId);
    await outcome;
    test.server.calm();
    await test.time.advance(60_000);
    expect(test.server.texts("ada", "@bob")).toEqual([]);
    expect(test.storage.keys("u/4096/outbox/")).toEqual([]);
  });

  it("rejects who waits when the user signs out, and sends nothing more", async () => {
    await using test = await offStream();
    test.server.disturb("sendMessage", UNREACHABLE, { times: Infinity });
    const { clientId } = await send(test, "@bob", "one");
    const outcome = expect(test.client.outbox.done(clientId)).rejects.toMatchObject({ code: "unauthenticated" });
    await test.client.session.logout();
    await outcome;
    test.server.calm();
    await test.client.session.login({ login: "ada", password: "secret" });
    await test.time.advance(60_000);
    expect(test.server.texts("ada", "@bob")).toEqual([]);
    await test.client.session.logout();
    await expect(send(test, "@bob", "two")).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("does not let a call that hangs hold up who signs in next", async () => {
    await using test = await offStream();
    test.server.disturb("sendMessage", { hang: new Promise(() => {}) });
    await send(test, "@bob", "ada's");
    await settled();
    await test.client.session.logout();
    await test.client.session.login({ login: "bob", password: "secret" });
    await send(test, "@ada", "bob's");
    await settled();
    expect(test.server.texts("ada", "@bob")).toEqual(["bob's"]);
  });

  it("sends at once when the connection is back", async () => {
    await using test = await clientUnderTest({ random: () => 0.99 });
    test.server.disturb("sendMessage", UNREACHABLE, { times: 5 });
    await send(test, "@bob", "one");
    await test.time.advance(14_000);
    expect(test.server.texts("ada", "@bob")).toEqual([]);
    test.server.calm();
    test.server.streams.open[0]?.cut(new ConnectError("lost", Code.Unavailable));
    await settled();
    expect(test.server.texts("ada", "@bob")).toEqual(["one"]);
  });

  it("sends once from two clients of one storage", async () => {
    const area = createMemoryArea();
    await using one = await clientUnderTest({ storage: createMemoryStorage(area) });
    const { server, time } = one;
    await using other = await clientUnderTest({ storage: createMemoryStorage(area), server, time });
    const ids = [];
    for (let round = 0; round < 5; round++) {
      ids.push((await send(one, "@bob", `one ${round}`)).clientId);
      ids.push((await send(other, "@bob", `other ${round}`)).clientId);
    }
    await settled();
    expect(sentIds(one).sort()).toEqual([...ids].sort());
    expect([states(one), states(other)]).toEqual([[], []]);
  });

  it("tells who waits also when another client of the storage has sent it", async () => {
    const area = createMemoryArea();
    await using one = await clientUnderTest({ storage: createMemoryStorage(area) });
    const { server, time } = one;
    await using other = await clientUnderTest({ storage: createMemoryStorage(area), server, time });
    server.post("ada", "#lobby", "made");
    const hang = Promise.withResolvers<void>();
    server.disturb("sendMessage", { hang: hang.promise }, { when: to("#lobby") });
    await send(other, "#lobby", "holds the lock");
    await settled();
    const { clientId } = await send(one, "@bob", "hello");
    const delivered = one.client.outbox.done(clientId);
    await settled();
    expect(await delivered).toMatchObject({ message: { text: "hello" } });
    hang.resolve();
  });
});
