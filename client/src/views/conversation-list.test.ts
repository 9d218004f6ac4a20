import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { clientUnderTest, type ClientUnderTest } from "../testing/client-under-test.ts";
import { createFakeServer, UNREACHABLE } from "../testing/fake-server.ts";
import type { Fault } from "../testing/fake-faults.ts";
import { createFakeTime, settled } from "../testing/fake-time.ts";

const addresses = (test: ClientUnderTest) =>
  test.client.conversations.$state.get().conversations.map(({ address }) => address);

/** With rooms that both are in, or "@ada". */
async function withConversations(...places: string[]): Promise<ClientUnderTest> {
  const time = createFakeTime();
  const server = createFakeServer({ now: time.now, people: ["ada", "bob", "carl"] });
  for (const place of places) {
    server.post("bob", place, "hello");
    if (place.startsWith("#")) server.chat.join(server.id("ada"), place);
  }
  return clientUnderTest({ server, time });
}

const leave = ({ server }: ClientUnderTest, who: string, room: string) => server.chat.leave(server.id(who), room);

describe("conversation list", () => {
  it("is loaded on signing in, newest first, and kept so by the feed", async () => {
    await using test = await withConversations("@ada", "#lobby");
    expect(addresses(test)).toEqual(["#lobby", "@bob"]);
    test.server.post("bob", "@ada", "again");
    await settled();
    expect(addresses(test)).toEqual(["@bob", "#lobby"]);
    expect(test.client.conversations.$state.get().conversations[0]?.lastMessage?.text).toBe("again");
    expect(test.server.count("listConversations")).toBe(1);
  });

  it("knows a new conversation from the stream alone", async () => {
    await using test = await withConversations("@ada");
    test.server.post("carl", "@ada", "hi");
    await settled();
    expect(test.client.conversations.$state.get().conversations[0]).toMatchObject({ address: "@carl", title: "CARL" });
    expect(test.server.count("getConversation")).toBe(0);
  });

  it("takes in what the user sends", async () => {
    await using test = await withConversations("#lobby");
    await test.client.outbox.add({ kind: "send", conversation: "@bob", text: "hi" });
    await settled();
    expect(addresses(test)).toEqual(["@bob", "#lobby"]);
  });

  it("loses what the user leaves, and only that", async () => {
    await using test = await withConversations("#room-1", "#room-10");
    leave(test, "bob", "#room-10");
    leave(test, "ada", "#room-1");
    await settled();
    expect(addresses(test)).toEqual(["#room-10"]);
    expect(test.client.conversations.$state.get().conversations[0]?.memberCount).toBe(1);
  });

  it("does not bring back what was left while a page was on its way, but what was joined again", async () => {
    await using test = await withConversations("#lobby");
    const onItsWay = Promise.withResolvers<void>();
    test.server.disturb("listConversations", { answerAfter: onItsWay.promise });
    const page = test.client.conversations.load();
    await settled();
    leave(test, "ada", "#lobby");
    await settled();
    onItsWay.resolve();
    await page;
    await settled();
    expect(addresses(test)).toEqual([]);
    test.server.chat.join(test.server.id("ada"), "#lobby");
    await settled();
    expect(addresses(test)).toEqual(["#lobby"]);
  });

  it("goes on with the next page", async () => {
    await using test = await withConversations(...Array.from({ length: 150 }, (_, index) => `#room-${index}`));
    expect(addresses(test)).toHaveLength(100);
    expect(test.client.conversations.$state.get().hasMore).toBe(true);
    await test.client.conversations.loadMore();
    expect(addresses(test)).toEqual(Array.from({ length: 150 }, (_, index) => `#room-${149 - index}`));
    expect(test.client.conversations.$state.get().hasMore).toBe(false);
  });

  it("says what went wrong, keeps what it has and loads when told to", async () => {
    await using test = await withConversations("#lobby");
    test.server.disturb("listConversations", UNREACHABLE);
    await test.client.conversations.load();
    expect(test.client.conversations.$state.get()).toMatchObject({
      loading: false,
      error: expect.any(String) as string,
    });
    expect(addresses(test)).toEqual(["#lobby"]);
    await test.client.conversations.load();
    expect(test.client.conversations.$state.get().error).toBeUndefined();
  });

  it("asks for the conversation of a message until a server answers, and no longer", async () => {
    await using test = await withConversations(...Array.from({ length: 101 }, (_, index) => `#room-${index}`));
    const NOT_YET: Fault = { fail: new ConnectError("not applied here yet", Code.NotFound) };
    test.server.disturb("getConversation", UNREACHABLE);
    test.server.disturb("getConversation", NOT_YET);
    test.server.post("bob", "#room-0", "hello again");
    await settled();
    expect(addresses(test)).not.toContain("#room-0");
    await test.time.advance(60_000);
    expect(addresses(test)[0]).toBe("#room-0");
    const asked = test.server.count("getConversation");
    expect(asked).toBe(3);
    await test.time.advance(120_000);
    expect(test.server.count("getConversation")).toBe(asked);
  });

  it("asks for what was said in a room before one joined it until a server answers, and no longer", async () => {
    await using test = await withConversations("#lobby");
    test.server.post("bob", "#team", "before");
    test.server.disturb("getConversation", UNREACHABLE, { times: 2 });
    test.server.chat.join(test.server.id("ada"), "#team");
    await settled();
    await test.time.advance(60_000);
    const [team] = test.client.conversations.$state.get().conversations;
    expect([team?.address, team?.lastMessage?.text]).toEqual(["#team", "before"]);
    const asked = test.server.count("getConversation");
    expect(asked).toBe(3);
    await test.time.advance(120_000);
    expect(test.server.count("getConversation")).toBe(asked);
  });

  it("is empty and at rest when the user signs out while it waits to load", async () => {
    const time = createFakeTime();
    const server = createFakeServer({ now: time.now });
    server.disturb("subscribe", { hang: new Promise(() => {}) });
    await using test = await clientUnderTest({ server, time });
    await test.client.session.logout();
    await time.advance(5_000);
    expect(test.client.conversations.$state.get()).toEqual({
      conversations: [],
      loaded: false,
      loading: false,
      hasMore: false,
    });
  });

  it("is loaded again after a reset", async () => {
    await using test = await withConversations("#lobby");
    test.server.streams.open[0]?.cut();
    test.server.post("carl", "@ada", "unheard");
    test.server.streams.epoch = "epoch-2";
    await settled();
    expect(addresses(test)).toEqual(["@carl", "#lobby"]);
  });
});
