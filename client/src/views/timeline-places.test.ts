import { describe, expect, it } from "vitest";
import { directId } from "../address.ts";
import { clientUnderTest, type ClientUnderTest } from "../testing/client-under-test.ts";
import { createFakeServer } from "../testing/fake-server.ts";
import { createFakeTime, settled } from "../testing/fake-time.ts";
import type { Timeline } from "../types.ts";

/** A conversation of 200 messages, and their seqs. */
async function long(): Promise<ClientUnderTest & { seqs: number[] }> {
  const time = createFakeTime();
  const server = createFakeServer({ now: time.now });
  const seqs = Array.from({ length: 200 }, (_, at) => Number(server.post("bob", "@ada", `m${at}`).seq));
  return { ...(await clientUnderTest({ server, time })), seqs };
}

const shown = (timeline: Timeline) => {
  const { rows, hasOlder, hasNewer } = timeline.$state.get();
  return { first: rows[0]?.message.text, last: rows.at(-1)?.message.text, hasOlder, hasNewer };
};

async function open(test: ClientUnderTest, conversation = "@bob"): Promise<Timeline> {
  const timeline = test.client.timeline(conversation);
  await settled();
  return timeline;
}

describe("a timeline's place", () => {
  it("can be at any message, with a part around it that grows both ways into the end", async () => {
    await using test = await long();
    const timeline = await open(test);
    await timeline.jumpTo(test.seqs[60] as number);
    expect(shown(timeline)).toEqual({ first: "m35", last: "m84", hasOlder: true, hasNewer: true });
    test.server.post("bob", "@ada", "new");
    await settled();
    expect(shown(timeline).last).toBe("m84");
    await timeline.loadNewer();
    expect(shown(timeline)).toMatchObject({ last: "m134", hasNewer: true });
    await timeline.loadNewer();
    await timeline.loadOlder();
    expect(shown(timeline)).toEqual({ first: "m0", last: "new", hasOlder: false, hasNewer: false });
    expect(timeline.$state.get().rows).toHaveLength(201);
  });

  it("goes back to the end without loading, and to what is loaded as well", async () => {
    await using test = await long();
    const timeline = await open(test);
    await timeline.jumpTo(test.seqs[60] as number);
    const loads = test.server.count("listMessages");
    await timeline.jumpToEnd();
    expect(shown(timeline)).toMatchObject({ first: "m150", last: "m199", hasNewer: false });
    await timeline.jumpTo(test.seqs[60] as number);
    expect(shown(timeline)).toMatchObject({ first: "m35", last: "m84" });
    expect(test.server.count("listMessages")).toBe(loads);
  });

  it("is each view's own, over the same messages", async () => {
    await using test = await long();
    const id = directId(test.server.id("ada"), test.server.id("bob"));
    const [one, other] = [await open(test), await open(test, id)];
    await one.jumpTo(test.seqs[60] as number);
    expect(shown(other)).toMatchObject({ last: "m199" });
    expect(one.$state.get().address).toBe("@bob");
    expect(other.$state.get().address).toBe(id);
  });

  it("shows pending messages at the end alone", async () => {
    await using test = await long();
    const timeline = await open(test);
    await timeline.jumpTo(test.seqs[60] as number);
    test.server.disturb("sendMessage", { hang: new Promise(() => {}) });
    await test.client.outbox.add({ kind: "send", conversation: "@bob", text: "mine" });
    await settled();
    expect(shown(timeline).last).toBe("m84");
    await timeline.jumpToEnd();
    expect(shown(timeline).last).toBe("mine");
  });

  it("draws again only the rows that changed", async () => {
    await using test = await long();
    const timeline = await open(test);
    const before = timeline.$state.get().rows;
    test.server.chat.edit(test.server.id("bob"), test.seqs[180] as number, "edited");
    await settled();
    const after = timeline.$state.get().rows;
    expect(after.filter((row, at) => row !== before[at]).map(({ message }) => message.text)).toEqual(["edited"]);
  });

  it("shows nothing of a room that one has left, and everything again after joining", async () => {
    await using test = await clientUnderTest();
    test.server.post("ada", "#room", "mine");
    test.server.post("bob", "#room", "theirs");
    const timeline = await open(test, "#room");
    expect(timeline.$state.get().rows).toHaveLength(2);
    test.server.chat.leave(test.server.id("ada"), "#room");
    await settled();
    expect(timeline.$state.get()).toMatchObject({ rows: [], error: { code: "permission_denied" } });
    test.server.post("bob", "#room", "meanwhile");
    await test.client.outbox.add({ kind: "join", room: "#room" });
    await settled();
    expect(timeline.$state.get().error).toBeUndefined();
    expect(timeline.$state.get().rows.map(({ message }) => message.text)).toEqual(["mine", "theirs", "meanwhile"]);
  });

  it("takes no page that was asked for before one left and joined again", async () => {
    await using test = await clientUnderTest();
    const { server } = test;
    server.post("ada", "#room", "mine");
    const { seq } = server.post("bob", "#room", "theirs");
    await settled();
    const onItsWay = Promise.withResolvers<void>();
    server.disturb("listMessages", { answerAfter: onItsWay.promise });
    const timeline = await open(test, "#room");
    server.chat.leave(server.id("ada"), "#room");
    server.chat.remove(server.id("bob"), Number(seq));
    server.chat.join(server.id("ada"), "#room");
    await settled();
    onItsWay.resolve();
    await settled();
    expect(timeline.$state.get().rows.map(({ message }) => message.text)).toEqual(["mine", ""]);
  });

  it("says that there is no such person, once asked", async () => {
    await using test = await clientUnderTest();
    const timeline = await open(test, "@nobody");
    expect(timeline.$state.get().error).toMatchObject({ code: "not_found" });
    expect(test.server.count("getConversation")).toBe(1);
  });
});

describe("drafts", () => {
  it("survive a restart, a rename and a list that is not there yet", async () => {
    const first = await clientUnderTest();
    const { client, server, storage, time } = first;
    server.post("bob", "@ada", "hi");
    await settled();
    client.drafts.set("@bob", "unsent");
    server.chat.changePerson(server.id("bob"), { handle: "robert" });
    await settled();
    expect(client.drafts.get("@robert")).toBe("unsent");
    client.drafts.set("@robert", "still unsent");
    await client.close();
    await using next = await clientUnderTest({ server, storage, time, autoStart: false });
    expect(next.client.drafts.get("@robert")).toBe("still unsent");
    next.client.drafts.set("@robert", "");
    expect(next.client.drafts.get("@robert")).toBe("");
    expect(storage.keys("u/4096/draft/")).toEqual([]);
  });
});
