import { describe, expect, it } from "vitest";
import { createEnvironment } from "../environment.ts";
import { clientUnderTest, type ClientUnderTest } from "../testing/client-under-test.ts";
import { createFakeServer } from "../testing/fake-server.ts";
import { createFakeTime, settled } from "../testing/fake-time.ts";
import type { ChatMessage } from "../types.ts";
import { LIVE } from "./ranges.ts";
import { createReplica } from "./replica.ts";

function message(seq: number, conversation = "4096-4097", version = seq): ChatMessage {
  return {
    seq,
    conversation,
    sender: 4097,
    text: `v${version}`,
    sentAt: 0,
    clientId: `id-${seq}`,
    deleted: false,
    reactions: [],
    pinned: false,
    version,
  };
}

const ROOM = { id: "8192", name: "room", title: "", topic: "", kind: "room", people: [], creator: 4097 } as const;

const listed = ({ client }: ClientUnderTest) => client.conversations.$state.get().conversations;

describe("replica", () => {
  it("keeps of two versions the larger, whichever comes first", () => {
    const replica = createReplica(createEnvironment());
    replica.begin(4096);
    for (const version of [12, 15, 13]) replica.putMessage(message(10, "4096-4097", version));
    expect(replica.message(10)?.text).toBe("v15");
  });

  it("holds of what nobody views the newest alone", async () => {
    const replica = createReplica(createEnvironment());
    replica.begin(4096);
    for (let seq = 1; seq <= 1_000; seq++) replica.putMessage(message(seq));
    await settled();
    expect(replica.size).toBe(1);
    expect(replica.message(1_000)?.text).toBe("v1000");
  });

  it("cuts what is known to be without a gap where it lets go of messages", async () => {
    const replica = createReplica(createEnvironment());
    replica.begin(4096);
    replica.keep = () => 10;
    for (let seq = 1; seq <= 30; seq++) replica.putMessage(message(seq));
    replica.cover("4096-4097", { from: 0, to: LIVE });
    await settled();
    expect(replica.rangeAt("4096-4097", LIVE)).toEqual({ from: 21, to: LIVE });
    expect(replica.messages("4096-4097", { from: 0, to: LIVE })).toHaveLength(10);
  });

  it("tells the other listeners where one throws", async () => {
    const warnings: string[] = [];
    const replica = createReplica(createEnvironment({ logger: { warn: (message) => void warnings.push(message) } }));
    let told = 0;
    replica.listen(() => {
      throw new Error("broken view");
    });
    replica.listen(() => told++);
    replica.begin(4096);
    await settled();
    expect([told, warnings]).toEqual([1, ["a listener of the replica threw"]]);
  });

  it("tells once per turn of what changed, and of nothing else", async () => {
    const replica = createReplica(createEnvironment());
    replica.begin(4096);
    await settled();
    const told: string[][] = [];
    replica.listen(({ conversations }) => told.push([...conversations]));
    for (let seq = 1; seq <= 5; seq++) replica.putMessage(message(seq));
    replica.putMessage(message(3));
    replica.putMessage(message(9, "4096-4098"));
    await settled();
    replica.putMessage(message(5));
    await settled();
    expect(told).toEqual([["4096-4097", "4096-4098"]]);
  });

  it("leaves the conversations that did not change as the same objects", async () => {
    const time = createFakeTime();
    const server = createFakeServer({ now: time.now, people: ["ada", "bob", "carl"] });
    server.post("bob", "@ada", "one");
    server.post("carl", "@ada", "one");
    await using test = await clientUnderTest({ server, time });
    const [carl, bob] = listed(test);
    let published = 0;
    test.client.conversations.$state.listen(() => published++);
    for (let count = 0; count < 3; count++) server.post("bob", "@ada", `${count}`);
    await settled();
    expect(listed(test)[1]).toBe(carl);
    expect(listed(test)[0]).not.toBe(bob);
    expect(published).toBeLessThanOrEqual(3);
  });

  it("shows a rename everywhere at once, and lets the old address lead there", async () => {
    await using test = await clientUnderTest();
    const { client, server } = test;
    server.post("bob", "@ada", "hi");
    await settled();
    server.chat.changePerson(server.id("bob"), { handle: "robert", displayName: "Robert" });
    await settled();
    expect(listed(test)[0]).toMatchObject({ address: "@robert", title: "Robert", peer: { handle: "robert" } });
    expect(client.users.$known.get().get(server.id("robert"))?.displayName).toBe("Robert");
    expect(await client.conversations.find("@bob")).toMatchObject({ address: "@robert" });
    const timeline = client.timeline("@bob");
    await settled();
    expect(timeline.$state.get().rows.map((row) => row.message.text)).toEqual(["hi"]);
  });

  it("forgets the address of somebody who was removed", async () => {
    await using test = await clientUnderTest();
    const { client, server } = test;
    server.post("bob", "@ada", "hi");
    await settled();
    const [shown] = listed(test);
    expect(shown).toMatchObject({ address: "@bob" });
    server.chat.removePerson(server.id("bob"));
    await settled();
    expect(listed(test)[0]).toMatchObject({ address: shown?.id, peer: { removed: true } });
    await client.conversations.load();
    expect(listed(test)[0]).toMatchObject({ address: shown?.id });
  });

  it("keeps what the stream told of a room that no page has told of yet, when the stream tells that somebody joins it", () => {
    const replica = createReplica(createEnvironment());
    replica.begin(4096);
    replica.putMessage(message(20, "8192"));
    const room = { ...ROOM, version: 8192, own: { address: "#room", joined: true, memberCount: 2, sortSeq: 20 } };
    replica.putConversation(room, "feed");
    // The page is of a server that has not applied that message.
    const page = { ...room, own: { ...room.own, sortSeq: 10 }, lastMessage: message(10, "8192") };
    replica.putConversation(page, "page");
    expect(replica.conversation("8192")).toMatchObject({ sortSeq: 20, lastMessage: { seq: 20 } });
  });

  it("counts members by the stream alone, also over a loss", async () => {
    const time = createFakeTime();
    const server = createFakeServer({ now: time.now, people: ["ada", "bob", "carl"] });
    server.post("ada", "#room", "hi");
    await using test = await clientUnderTest({ server, time });
    server.chat.join(server.id("bob"), "#room");
    await settled();
    expect(listed(test)[0]?.memberCount).toBe(2);
    server.streams.open[0]?.cut();
    server.chat.leave(server.id("bob"), "#room");
    server.chat.join(server.id("carl"), "#room");
    server.chat.join(server.id("bob"), "#room");
    await settled();
    expect(listed(test)[0]?.memberCount).toBe(3);
    expect(server.count("listConversations")).toBe(1);
  });

  it("asks once for a conversation that stands on no page that was loaded", async () => {
    const time = createFakeTime();
    const server = createFakeServer({ now: time.now });
    for (let count = 0; count < 101; count++) {
      server.post("bob", `#room-${count}`, "hi");
      server.chat.join(server.id("ada"), `#room-${count}`);
    }
    await using test = await clientUnderTest({ server, time });
    expect(listed(test).some(({ address }) => address === "#room-0")).toBe(false);
    server.post("bob", "#room-0", "one");
    server.post("bob", "#room-0", "two");
    await settled();
    expect(listed(test)[0]).toMatchObject({ address: "#room-0", lastMessage: { text: "two" }, unseen: 2 });
    expect(server.count("getConversation")).toBe(1);
  });
});

describe("unseen messages", () => {
  const unseen = (test: ClientUnderTest) => listed(test).map((each) => each.unseen);

  it("are none on a first visit, then those of others", async () => {
    const time = createFakeTime();
    const server = createFakeServer({ now: time.now });
    server.post("bob", "@ada", "before");
    await using test = await clientUnderTest({ server, time });
    expect(unseen(test)).toEqual([0]);
    server.post("bob", "@ada", "one");
    server.post("ada", "@bob", "mine");
    const { seq } = server.post("bob", "@ada", "two");
    await settled();
    expect(unseen(test)).toEqual([2]);
    server.chat.remove(server.id("bob"), Number(seq));
    await settled();
    expect(unseen(test)).toEqual([1]);
  });

  it("are counted from the marker, which never goes back, over a restart", async () => {
    const first = await clientUnderTest();
    const { server, time, storage, client } = first;
    const seqs = ["one", "two", "three"].map((text) => Number(server.post("bob", "@ada", text).seq));
    await settled();
    client.conversations.markSeen("@bob", seqs[1] as number);
    client.conversations.markSeen("@bob", seqs[0] as number);
    await settled();
    expect(unseen(first)).toEqual([1]);
    await client.close();
    await using next = await clientUnderTest({ server, time, storage });
    expect(unseen(next)).toEqual([1]);
    next.client.conversations.markSeen("@bob", seqs[2] as number);
    await settled();
    expect(unseen(next)).toEqual([0]);
  });
});
