import fc from "fast-check";
import { v7 } from "uuid";
import { expect, it } from "vitest";
import { createChatClient } from "../chat-client.ts";
import { createMemoryArea, createMemoryStorage } from "../storage/memory-storage.ts";
import { clientUnderTest } from "../testing/client-under-test.ts";
import { createFakeServer, PASSWORD } from "../testing/fake-server.ts";
import { createFakeBrowser, type FakeTab } from "../testing/fake-tabs.ts";
import { createFakeTime, settled } from "../testing/fake-time.ts";
import type { ChatClient, ChatMessage, OutboxAction, Timeline } from "../types.ts";

const PLACES = ["@bob", "#one", "#two", "@carl"] as const;

const place = fc.constantFrom(...PLACES);
const pick = fc.nat(200);
const person = fc.constantFrom("ada", "bob", "carl");

/** What can happen; numbers pick among what is there. */
const step = fc.oneof(
  // Others, and ada on another device, change rows.
  { weight: 4, arbitrary: fc.record({ do: fc.constant("post" as const), who: person, place, pick }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("edit", "delete", "react", "unreact", "pin", "unpin"),
      who: person,
      pick,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom("join", "leave"), who: person, room: fc.constantFrom("#one", "#two") }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("rename", "retitle"), who: person, pick }) },
  // Ada acts in a tab.
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("act" as const),
      tab: pick,
      kind: fc.constantFrom(
        "send",
        "edit",
        "delete",
        "react",
        "unreact",
        "pin",
        "unpin",
        "join",
        "leave",
        "create-room",
      ),
      place,
      pick,
      loses: fc.boolean(),
    }),
  },
  // A tab looks.
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("open", "close", "older", "newer", "jump", "end"),
      tab: pick,
      place,
      pick,
    }),
  },
  // The stream and the tabs come to harm.
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("cut", "hold", "flush", "reset", "heartbeat", "late-page", "new-tab"),
      pick,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom("crash", "freeze", "thaw", "deafen", "hear", "close-tab"), tab: pick }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(0, 300, 1_500, 30_000) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface OpenTab {
  readonly client: ChatClient;
  readonly tab: FakeTab;
  readonly timelines: Map<string, Timeline>;
}

async function run(steps: readonly Step[]): Promise<void> {
  const time = createFakeTime();
  const server = createFakeServer({ now: time.now, people: ["ada", "bob", "carl"] });
  const { chat, streams } = server;
  const browser = createFakeBrowser();
  const area = createMemoryArea();
  const tabs: OpenTab[] = [];
  for (let at = 0; at < 70; at++) server.post(at % 3 === 0 ? "ada" : "bob", "#one", `one ${at}`);
  server.post("carl", "#two", "two");

  async function openTab(): Promise<void> {
    const tab = browser.tab();
    const client = createChatClient({
      transport: server.transport,
      storage: createMemoryStorage(area),
      tabs: tab,
      environment: { now: time.now, timers: time.timers, random: () => 0.5 },
    });
    tabs.push({ client, tab, timelines: new Map() });
    if (client.session.$state.get().state !== "signed-in")
      await client.session.login({ login: "ada", password: PASSWORD });
    await settled();
  }
  await openTab();
  await openTab();

  const at = <T>(list: readonly T[], index: number): T | undefined => list[index % Math.max(list.length, 1)];
  const quietly = (change: () => unknown): void => {
    try {
      change();
    } catch {
      // Refused by the rules: nothing has changed.
    }
  };

  async function take(each: Step): Promise<void> {
    const message = "pick" in each ? at([...chat.messages.keys()].slice(-60), each.pick) : undefined;
    const open = "tab" in each ? at(tabs, each.tab) : undefined;
    switch (each.do) {
      case "post":
        return quietly(() => chat.post(server.id(each.who), each.place, `p ${each.pick}`, v7()));
      case "edit":
        return quietly(() => chat.edit(server.id(each.who), message ?? 0, `edited ${each.pick}`));
      case "delete":
        return quietly(() => chat.remove(server.id(each.who), message ?? 0));
      case "react":
        return quietly(() => chat.react(server.id(each.who), message ?? 0, "👍"));
      case "unreact":
        return quietly(() => chat.unreact(server.id(each.who), message ?? 0, "👍"));
      case "pin":
      case "unpin":
        return quietly(() => chat.pin(server.id(each.who), message ?? 0, each.do === "pin"));
      case "join":
        return quietly(() => chat.join(server.id(each.who), each.room));
      case "leave":
        return quietly(() => chat.leave(server.id(each.who), each.room));
      case "rename":
        return quietly(() => chat.changePerson(server.id(each.who), { displayName: `Name ${each.pick}` }));
      case "retitle":
        return quietly(() => chat.updateRoom(server.id(each.who), "#one", { title: `Title ${each.pick}` }));
      case "act": {
        if (each.loses) server.disturb("sendMessage", { loseAnswer: true });
        if (each.loses) server.disturb("addReaction", { loseAnswer: true });
        if (each.loses) server.disturb("joinRoom", { loseAnswer: true });
        const action = actionOf(each.kind, each.place, message ?? 0, each.pick);
        await open?.client.outbox.add(action);
        return;
      }
      case "open":
        if (open && !open.timelines.has(each.place)) open.timelines.set(each.place, open.client.timeline(each.place));
        return;
      case "close":
        open?.timelines.get(each.place)?.close();
        open?.timelines.delete(each.place);
        return;
      case "older":
        return void open?.timelines.get(each.place)?.loadOlder();
      case "newer":
        return void open?.timelines.get(each.place)?.loadNewer();
      case "jump": {
        const seq = at(
          open?.timelines
            .get(each.place)
            ?.$state.get()
            .rows.map((row) => row.message.seq) ?? [],
          each.pick,
        );
        return void open?.timelines.get(each.place)?.jumpTo(seq || (message ?? 1));
      }
      case "end":
        return void open?.timelines.get(each.place)?.jumpToEnd();
      case "cut":
        return at(streams.open, each.pick)?.cut();
      case "hold":
        return streams.hold();
      case "flush":
        return streams.flush();
      case "reset":
        streams.epoch = `epoch ${each.pick}`;
        return at(streams.open, each.pick)?.cut();
      case "heartbeat":
        return streams.heartbeat();
      case "late-page": {
        const release = new Promise<void>((resolve) => time.timers.setTimeout(resolve, 1_000));
        return server.disturb("listMessages", { answerAfter: release });
      }
      case "new-tab":
        if (tabs.length < 4) await openTab();
        return;
      case "crash":
        if (!open || tabs.length < 2) return;
        tabs.splice(tabs.indexOf(open), 1);
        open.tab.crash();
        return;
      case "close-tab":
        if (!open || tabs.length < 2) return;
        tabs.splice(tabs.indexOf(open), 1);
        return open.client.close();
      case "freeze":
        return open?.tab.freeze();
      case "thaw":
        return open?.tab.thaw();
      case "deafen":
      case "hear":
        if (open) open.tab.deaf = each.do === "deafen";
        return;
      case "wait":
        return time.advance(each.ms);
    }
  }

  for (const each of steps) {
    await take(each);
    await settled();
  }

  // All comes to rest: a new row tells those who missed some that they did.
  server.calm();
  streams.flush();
  for (const { tab } of tabs) {
    tab.thaw();
    tab.deaf = false;
  }
  chat.post(server.id("bob"), "@ada", "the last", v7());
  for (let second = 0; second < 60; second++) {
    if (second % 8 === 0) streams.heartbeat();
    await time.advance(1_000);
  }

  await using fresh = await clientUnderTest({ server, time });
  for (const { client, timelines } of tabs) {
    expect(client.outbox.$items.get().filter(({ state }) => state !== "failed")).toEqual([]);
    expect(client.feed.$connection.get()).toEqual({ state: "live" });
    expect(listOf(client)).toEqual(listOf(fresh.client));
    for (const [address, timeline] of timelines) await expectSame(timeline, address, fresh.client);
  }
  for (const { client } of tabs) await client.close();
}

function actionOf(kind: string, conversation: string, seq: number, pick: number): OutboxAction {
  const room = conversation.startsWith("#") ? conversation : "#one";
  switch (kind) {
    case "send":
      return { kind, conversation, text: `sent ${pick}` };
    case "edit":
      return { kind, seq, text: `mine ${pick}` };
    case "react":
    case "unreact":
      return { kind, seq, emoji: "🎉" };
    case "delete":
    case "pin":
    case "unpin":
      return { kind, seq };
    case "create-room":
      return { kind, name: `new-${pick}`, title: "", topic: "" };
    default:
      return { kind: kind as "join" | "leave", room };
  }
}

function listOf(client: ChatClient): unknown {
  const { conversations, ...rest } = client.conversations.$state.get();
  return { ...rest, conversations: conversations.map(({ unseen: _, ...conversation }) => conversation) };
}

/** Shows what a fresh client shows of the same part of the conversation, and no other. */
async function expectSame(timeline: Timeline, address: string, fresh: ChatClient): Promise<void> {
  const shown = timeline.$state.get();
  const other = fresh.timeline(address);
  await settled();
  while (other.$state.get().hasOlder) await other.loadOlder();
  const all = other.$state.get();
  expect({ address, error: shown.error }).toEqual({ address, error: all.error });
  if (shown.error) return;
  expect({ address, loaded: shown.loaded }).toEqual({ address, loaded: true });
  const messages = stored(shown.rows.map(({ message }) => message));
  const everything = stored(all.rows.map(({ message }) => message));
  const first = shown.hasOlder ? (messages[0]?.seq ?? 0) : 0;
  const last = shown.hasNewer ? (messages.at(-1)?.seq ?? 0) : Infinity;
  expect(messages).toEqual(everything.filter(({ seq }) => first <= seq && seq <= last));
  other.close();
}

function stored(messages: readonly ChatMessage[]): ChatMessage[] {
  return messages.filter(({ seq }) => seq > 0);
}

it("shows after any scenario what a fresh sign-in shows", { timeout: 240_000 }, async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 30, size: "max" }), run), {
    numRuns: Number(process.env["RUNS"] ?? 60),
    endOnFailure: false,
  });
});
