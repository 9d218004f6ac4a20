import { Code, ConnectError } from "@connectrpc/connect";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { v4 } from "uuid";
import { describe, expect, it } from "vitest";
import { createFileStorage } from "../storage/file-storage.ts";
import { createMemoryArea, createMemoryStorage } from "../storage/memory-storage.ts";
import { clientUnderTest, type ClientUnderTest } from "../testing/client-under-test.ts";
import { UNREACHABLE } from "../testing/fake-server.ts";
import { settled } from "../testing/fake-time.ts";
import type { ChatMessage, OutboxAction, Timeline, TimelineRow } from "../types.ts";

interface Scene extends ClientUnderTest {
  readonly timeline: Timeline;
  /** seq of ada's message in the direct conversation with bob. */
  readonly seq: number;
  row(): TimelineRow;
  add(action: OutboxAction): Promise<string>;
}

async function scene(): Promise<Scene> {
  const test = await clientUnderTest();
  const seq = Number(test.server.post("ada", "@bob", "first").seq);
  const timeline = test.client.timeline("@bob");
  await settled();
  return {
    ...test,
    timeline,
    seq,
    row: () => timeline.$state.get().rows.find(({ message }) => message.seq === seq) as TimelineRow,
    add: async (action) => {
      const { clientId } = await test.client.outbox.add(action);
      await settled();
      return clientId;
    },
  };
}

const kinds = (test: ClientUnderTest) =>
  test.client.outbox.$items.get().map(({ action, state }) => [action.kind, state]);

describe("outbox actions", () => {
  const ACTIONS: [OutboxAction["kind"], (seq: number) => OutboxAction, Partial<ChatMessage>][] = [
    ["edit", (seq) => ({ kind: "edit", seq, text: "second" }), { text: "second" }],
    ["delete", (seq) => ({ kind: "delete", seq }), { text: "", deleted: true }],
    ["react", (seq) => ({ kind: "react", seq, emoji: "👍" }), { reactions: [{ emoji: "👍", people: [4096] }] }],
    ["pin", (seq) => ({ kind: "pin", seq }), { pinned: true }],
  ];

  it.each(ACTIONS)("shows a message as it will be (%s), then as it is", async (_kind, action, shown) => {
    await using test = await scene();
    test.server.disturb("editMessage", UNREACHABLE);
    test.server.disturb("deleteMessage", UNREACHABLE);
    test.server.disturb("addReaction", UNREACHABLE);
    test.server.disturb("pinMessage", UNREACHABLE);
    const clientId = await test.add(action(test.seq));
    expect(test.row()).toMatchObject({ state: "stored", message: shown, items: [{ clientId, state: "pending" }] });
    await test.time.advance(1_000);
    expect(test.row()).toMatchObject({ message: shown, items: [] });
    expect(test.server.chat.messages.get(test.seq)).toMatchObject(
      JSON.parse(JSON.stringify(shown), (key, value: unknown) => (key === "people" ? [4096n] : value)) as object,
    );
  });

  it("shows the row as it is where an action was refused, with the error, until it is discarded", async () => {
    await using test = await scene();
    const theirs = Number(test.server.post("bob", "@ada", "bob's").seq);
    const clientId = await test.add({ kind: "edit", seq: theirs, text: "mine" });
    const row = () => test.timeline.$state.get().rows.find(({ message }) => message.seq === theirs);
    expect(row()).toMatchObject({
      message: { text: "bob's" },
      items: [{ clientId, state: "failed", error: { code: "permission_denied" } }],
    });
    await test.client.outbox.discard(clientId);
    await settled();
    expect(row()).toMatchObject({ message: { text: "bob's" }, items: [] });
  });

  it("keeps the order of a conversation over different actions", async () => {
    await using test = await scene();
    test.server.disturb("addReaction", UNREACHABLE, { times: 2 });
    await test.add({ kind: "react", seq: test.seq, emoji: "👍" });
    await test.add({ kind: "delete", seq: test.seq });
    await test.add({ kind: "send", conversation: "@bob", text: "next" });
    expect(test.server.count("deleteMessage") + test.server.count("sendMessage")).toBe(0);
    await test.time.advance(10_000);
    const changes = test.server.calls.map(({ method }) => method).filter((method) => /^(add|delete|send)/.test(method));
    expect(changes).toEqual(["addReaction", "addReaction", "addReaction", "deleteMessage", "sendMessage"]);
  });

  it("lets a reaction and its taking back come to nothing while neither was sent", async () => {
    await using test = await scene();
    test.server.disturb("pinMessage", UNREACHABLE);
    await test.add({ kind: "pin", seq: test.seq });
    const react = await test.add({ kind: "react", seq: test.seq, emoji: "👍" });
    const unreact = await test.add({ kind: "unreact", seq: test.seq, emoji: "👍" });
    expect(test.row().message.reactions).toEqual([]);
    await test.time.advance(10_000);
    expect(test.server.count("addReaction") + test.server.count("removeReaction")).toBe(0);
    for (const clientId of [react, unreact])
      expect(await test.client.outbox.done(clientId)).toMatchObject({ message: { seq: test.seq } });
  });

  it("takes a reaction back that the server may have, also after a restart", async () => {
    const { server, storage, time, client, add, seq } = await scene();
    server.disturb("addReaction", { loseAnswer: true });
    server.disturb("addReaction", UNREACHABLE, { times: Infinity });
    await add({ kind: "react", seq, emoji: "👍" });
    await client.close();
    await using next = await clientUnderTest({ server, storage, time });
    await next.client.outbox.add({ kind: "unreact", seq, emoji: "👍" });
    await settled();
    server.calm();
    await time.advance(10_000);
    expect(server.count("removeReaction")).toBe(1);
    expect(server.chat.messages.get(seq)?.reactions).toEqual([]);
  });

  it("says that a server is older than the client, and does not try again", async () => {
    await using test = await scene();
    test.server.disturb("pinMessage", { fail: new ConnectError("unknown method", Code.Unimplemented) });
    const clientId = await test.add({ kind: "pin", seq: test.seq });
    await expect(test.client.outbox.done(clientId)).rejects.toMatchObject({
      code: "unimplemented",
      message: "This server is older than this client and can't do that.",
    });
    await test.time.advance(60_000);
    expect(test.server.count("pinMessage")).toBe(1);
  });

  it("shows a room while it is created, and sends there what was written meanwhile", async () => {
    await using test = await scene();
    test.server.disturb("createRoom", UNREACHABLE);
    await test.add({ kind: "create-room", name: "#plans", title: "Plans", topic: "" });
    await test.add({ kind: "send", conversation: "#plans", text: "hello" });
    const first = () => test.client.conversations.$state.get().conversations[0];
    expect(first()).toMatchObject({ address: "#plans", title: "Plans", joined: true, version: 0 });
    await test.time.advance(2_000);
    expect(first()).toMatchObject({ address: "#plans", title: "Plans", lastMessage: { text: "hello" } });
    expect(test.server.texts("ada", "#plans")).toEqual(["hello"]);
  });

  it("sends nothing meant for a new room to another one of the same name", async () => {
    await using test = await scene();
    test.server.post("bob", "#plans", "bob's");
    test.server.chat.join(test.server.id("ada"), "#plans");
    await test.add({ kind: "create-room", name: "plans", title: "", topic: "" });
    await test.add({ kind: "send", conversation: "#plans", text: "secret" });
    await test.time.advance(60_000);
    expect(kinds(test)).toEqual([
      ["create-room", "failed"],
      ["send", "pending"],
    ]);
    expect(test.server.texts("ada", "#plans")).toEqual(["bob's"]);
  });

  it("shows a room as left and as joined before the server has said so", async () => {
    await using test = await scene();
    test.server.post("ada", "#lobby", "made");
    await settled();
    const rooms = () => test.client.conversations.$state.get().conversations.filter(({ kind }) => kind === "room");
    test.server.disturb("leaveRoom", UNREACHABLE);
    await test.add({ kind: "leave", room: "#lobby" });
    expect(rooms()).toEqual([]);
    await test.time.advance(2_000);
    test.server.disturb("joinRoom", UNREACHABLE);
    await test.add({ kind: "join", room: "#lobby" });
    expect(rooms()).toMatchObject([{ address: "#lobby", joined: true }]);
    await test.time.advance(2_000);
    expect(rooms()).toMatchObject([{ joined: true, memberCount: 1, lastMessage: { text: "made" } }]);
  });

  it("takes an action under the caller's id once, and refuses another one under it", async () => {
    await using test = await scene();
    const clientId = v4();
    const action: OutboxAction = { kind: "send", conversation: "@bob", text: "once" };
    const [one, other] = await Promise.all([
      test.client.outbox.add(action, { clientId }),
      test.client.outbox.add(action, { clientId }),
    ]);
    expect([one.clientId, other.clientId]).toEqual([clientId, clientId]);
    await test.client.outbox.done(clientId);
    await test.client.outbox.add(action, { clientId });
    expect(await test.client.outbox.done(clientId)).toMatchObject({ message: { text: "once" } });
    await test.time.advance(1_000);
    expect(test.server.texts("ada", "@bob")).toEqual(["first", "once"]);
    await expect(test.client.outbox.add({ ...action, text: "two" }, { clientId })).rejects.toMatchObject({
      code: "already_exists",
      reason: "CLIENT_ID_REUSED",
    });
    await expect(test.client.outbox.add(action, { clientId: "mine" })).rejects.toMatchObject({
      code: "invalid_argument",
    });
  });

  it("refuses what names no conversation, at once and by field", async () => {
    await using test = await scene();
    const added = test.client.outbox.add({ kind: "send", conversation: "bob!", text: "x" });
    await expect(added).rejects.toMatchObject({ code: "invalid_argument", fields: [{ field: "to" }] });
  });

  it.each<OutboxAction>([
    { kind: "create-room", name: "a b", title: "", topic: "" },
    { kind: "update-room", room: "#lobby", name: "a b" },
  ])("refuses what is no room name, at once and by field ($kind)", async (action) => {
    await using test = await scene();
    const added = test.client.outbox.add(action);
    await expect(added).rejects.toMatchObject({ code: "invalid_argument", fields: [{ field: "name" }] });
  });

  it("takes a room's name with its sign and capitals", async () => {
    await using test = await scene();
    test.server.post("ada", "#lobby", "hi");
    await settled();
    await test.add({ kind: "update-room", room: "#lobby", name: " #Hall " });
    await test.time.advance(1_000);
    expect(test.client.conversations.$state.get().conversations.map(({ address }) => address)).toContain("#hall");
  });

  it("tells who waits in another process what became of an action, also without a stream", async () => {
    const folder = await mkdtemp(join(tmpdir(), "client-outbox-"));
    try {
      const open = () => createFileStorage(join(folder, "state.json"));
      await using one = await clientUnderTest({ autoStart: false, storage: await open() });
      const { server, time } = one;
      await using other = await clientUnderTest({ autoStart: false, storage: await open(), server, time });
      const hang = Promise.withResolvers<void>();
      server.disturb("sendMessage", { hang: hang.promise });
      const first = await one.client.outbox.add({ kind: "send", conversation: "@bob", text: "one" });
      await expect.poll(() => server.count("sendMessage")).toBe(1);
      const second = await other.client.outbox.add({ kind: "send", conversation: "@bob", text: "other" });
      const done = [first, second].map(({ clientId }) => other.client.outbox.done(clientId));
      hang.resolve();
      const results = Promise.all(done);
      for (let round = 0; round < 40; round++) {
        await time.advance(500);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      expect((await results).map(({ message }) => message?.text)).toEqual(["one", "other"]);
      expect(server.texts("ada", "@bob")).toEqual(["one", "other"]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("keeps outcomes for others, but not for ever", async () => {
    const area = createMemoryArea();
    await using test = await clientUnderTest({ autoStart: false, storage: createMemoryStorage(area) });
    for (let count = 0; count < 250; count++) {
      const { clientId } = await test.client.outbox.add({ kind: "send", conversation: "@bob", text: `m${count}` });
      await test.client.outbox.done(clientId);
    }
    const kept = test.storage.keys("u/4096/outbox-done/");
    expect(kept.length).toBeGreaterThan(50);
    expect(kept.length).toBeLessThanOrEqual(200);
  });
});
