import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, describe, expect, it } from "vitest";
import { createMemoryArea, createMemoryStorage } from "../storage/memory-storage.ts";
import { clientUnderTest, type ClientUnderTest } from "../testing/client-under-test.ts";
import { createFakeServer, UNREACHABLE, type FakeServer } from "../testing/fake-server.ts";
import { createFakeBrowser, type FakeTab } from "../testing/fake-tabs.ts";
import { createFakeTime, settled, type FakeTime } from "../testing/fake-time.ts";
import type { Timeline } from "../types.ts";

/** Within so long another tab leads. */
const TAKEOVER_MS = 2_000;

interface Page extends ClientUnderTest {
  readonly tab: FakeTab;
  readonly timeline: Timeline;
  readonly told: string[];
  texts(): string[];
}

interface Browser {
  readonly server: FakeServer;
  readonly time: FakeTime;
  open(): Promise<Page>;
}

const LOST = new ConnectError("lost", Code.Unavailable);

describe("one stream a browser", () => {
  const pages: Page[] = [];
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.client.close();
  });

  function browser(): Browser {
    const time = createFakeTime();
    const server = createFakeServer({ now: time.now });
    const { tab } = createFakeBrowser();
    const area = createMemoryArea();
    return {
      server,
      time,
      async open() {
        const own = tab();
        const test = await clientUnderTest({ server, time, storage: createMemoryStorage(area), tabs: own });
        const timeline = test.client.timeline("@bob");
        const told: string[] = [];
        test.client.feed.onChange((change) => change.row === "message" && told.push(change.message.text));
        await settled();
        const texts = () => timeline.$state.get().rows.map(({ message }) => message.text);
        const page: Page = { ...test, tab: own, timeline, told, texts };
        pages.push(page);
        return page;
      },
    };
  }

  async function tabsOf(count: number): Promise<Browser & { pages: Page[] }> {
    const opened = browser();
    const tabs: Page[] = [];
    for (let number = 0; number < count; number++) tabs.push(await opened.open());
    return { ...opened, pages: tabs };
  }

  it("opens one for ten tabs, and a message in one shows in all", async () => {
    const { server, pages } = await tabsOf(10);
    expect(server.streams.open).toHaveLength(1);
    expect(server.count("subscribe")).toBe(1);
    server.post("bob", "@ada", "theirs");
    await pages[7]?.client.outbox.add({ kind: "send", conversation: "@bob", text: "mine" });
    await settled();
    for (const page of pages) {
      expect(page.texts()).toEqual(["theirs", "mine"]);
      expect(page.told).toEqual(["theirs", "mine"]);
      expect(page.client.feed.$connection.get()).toEqual({ state: "live" });
    }
    expect(server.count("listConversations")).toBe(10);
  });

  it.each(["close", "crash", "freeze"] as const)(
    "replaces a leader after its %s within 2 s, without loss",
    async (end) => {
      const { server, time, pages } = await tabsOf(3);
      const [leader, ...others] = pages as [Page, Page, Page];
      server.post("bob", "@ada", "before");
      await settled();
      if (end === "close") await leader.client.close();
      else leader.tab[end]();
      server.streams.open[0]?.cut(LOST);
      server.post("bob", "@ada", "meanwhile");
      await time.advance(TAKEOVER_MS);
      expect(server.streams.open.length).toBeGreaterThan(0);
      server.post("bob", "@ada", "after");
      await settled();
      for (const page of others) {
        expect(page.texts()).toEqual(["before", "meanwhile", "after"]);
        expect(page.told).toEqual(["before", "meanwhile", "after"]);
      }
      expect(server.count("listMessages")).toBe(3);
    },
  );

  it("lets a leader that was frozen follow when it thaws, and shows it what it missed", async () => {
    const { server, time, pages } = await tabsOf(3);
    pages[0]?.tab.freeze();
    await time.advance(TAKEOVER_MS);
    server.post("bob", "@ada", "meanwhile");
    await settled();
    pages[0]?.tab.thaw();
    await time.advance(TAKEOVER_MS);
    expect(server.streams.open).toHaveLength(1);
    for (const page of pages) expect(page.texts()).toEqual(["meanwhile"]);
    for (const page of pages) expect(page.told).toEqual(["meanwhile"]);
  });

  it("shows every tab what came while a frozen tab led, also where a new tab leads next", async () => {
    const { server, time, pages, open } = await tabsOf(2);
    pages[0]?.tab.freeze();
    // It has no place in the log yet, so its stream begins after the message.
    const opened = await open();
    server.post("bob", "@ada", "meanwhile");
    await time.advance(TAKEOVER_MS);
    expect([pages[1]?.texts(), opened.texts()]).toEqual([["meanwhile"], ["meanwhile"]]);
  });

  it("catches up by itself where frames were missed, without loading anything again", async () => {
    const { server, time, pages } = await tabsOf(2);
    const [, follower] = pages as [Page, Page];
    server.post("bob", "@ada", "one");
    await settled();
    const loads = server.count("listMessages");
    follower.tab.deaf = true;
    const { seq } = server.post("bob", "@ada", "two");
    await settled();
    follower.tab.deaf = false;
    server.post("bob", "@ada", "three");
    server.chat.react(server.id("bob"), Number(seq), "👍");
    await settled();
    await time.advance(TAKEOVER_MS);
    expect(follower.texts()).toEqual(["one", "two", "three"]);
    // Each row that changed meanwhile once, as it now stands.
    expect(follower.told).toEqual(["one", "three", "two"]);
    expect(server.count("listMessages")).toBe(loads);
    expect(server.streams.open).toHaveLength(1);
  });

  it("notices frames that were missed at the end, with the leader's next word", async () => {
    const { server, time, pages } = await tabsOf(2);
    const [, follower] = pages as [Page, Page];
    follower.tab.deaf = true;
    server.post("bob", "@ada", "unheard");
    await settled();
    follower.tab.deaf = false;
    await time.advance(TAKEOVER_MS);
    expect(follower.texts()).toEqual(["unheard"]);
  });

  it("loses nothing where the leader dies with frames that one follower had and another had not", async () => {
    const { server, time, pages } = await tabsOf(4);
    const [leader, ahead, behind] = pages as [Page, Page, Page, Page];
    behind.tab.deaf = true;
    server.post("bob", "@ada", "one");
    await settled();
    behind.tab.deaf = false;
    leader.tab.crash();
    server.streams.open[0]?.cut(LOST);
    server.post("bob", "@ada", "two");
    await time.advance(TAKEOVER_MS);
    for (const page of [ahead, behind]) {
      expect(page.texts()).toEqual(["one", "two"]);
      expect(page.told).toEqual(["one", "two"]);
    }
  });

  it("shows the same connection in all tabs, and retries from any of them", async () => {
    const { server, pages } = await tabsOf(3);
    server.disturb("subscribe", UNREACHABLE, { times: 2 });
    server.streams.open[0]?.cut(LOST);
    await settled();
    const states = pages.map(({ client }) => client.feed.$connection.get());
    expect(states[0]).toMatchObject({ state: "waiting" });
    expect(states).toEqual([states[0], states[0], states[0]]);
    server.calm();
    pages[2]?.client.feed.retryNow();
    await settled();
    for (const { client } of pages) expect(client.feed.$connection.get()).toEqual({ state: "live" });
  });

  it("resets all tabs once", async () => {
    const { server, pages } = await tabsOf(2);
    let resets = 0;
    for (const { client } of pages) client.feed.onReset(() => resets++);
    server.post("bob", "@ada", "one");
    await settled();
    server.streams.epoch = "epoch-2";
    server.streams.open[0]?.cut(LOST);
    await settled();
    server.post("bob", "@ada", "two");
    await settled();
    expect(resets).toBe(2);
    for (const page of pages) expect(page.texts()).toEqual(["one", "two"]);
  });

  it("signs all tabs out with one, and streams no more", async () => {
    const { server, time, pages } = await tabsOf(3);
    await pages[1]?.client.session.logout();
    await time.advance(TAKEOVER_MS);
    for (const { client } of pages) {
      expect(client.session.$state.get().state).toBe("signed-out");
      expect(client.feed.$connection.get()).toEqual({ state: "stopped" });
    }
    expect(server.streams.open).toEqual([]);
  });

  it("gives a tab with a session of its own a stream of its own", async () => {
    const { server, time } = await tabsOf(1);
    const storage = { ...createMemoryStorage(), isShared: () => false };
    await using alone = await clientUnderTest({ server, time, storage, tabs: createFakeBrowser().tab() });
    expect(alone.client.feed.$connection.get()).toEqual({ state: "live" });
    expect(server.streams.open).toHaveLength(2);
  });

  it("gives each tab a stream of its own where the platform refuses locks", async () => {
    const tabs = { ...createFakeBrowser().tab(), lock: () => Promise.reject(new Error("not allowed")) };
    await using test = await clientUnderTest({ tabs });
    test.server.post("bob", "@ada", "one");
    await settled();
    expect(test.client.feed.$connection.get()).toEqual({ state: "live" });
    expect(test.client.conversations.$state.get().conversations[0]?.lastMessage?.text).toBe("one");
  });

  it("agrees on what is unseen, and on what was looked at", async () => {
    const { server, time, pages, open } = await tabsOf(2);
    const unseen = (page: Page) => page.client.conversations.$state.get().conversations.map((each) => each.unseen);
    const { seq } = server.post("bob", "@ada", "one");
    server.post("bob", "@ada", "two");
    await time.advance(1_000);
    const late = await open();
    expect([...pages, late].map(unseen)).toEqual([[2], [2], [2]]);
    late.client.conversations.markSeen("@bob", Number(seq));
    await settled();
    expect([...pages, late].map(unseen)).toEqual([[1], [1], [1]]);
  });

  it("agrees on drafts: the last word counts, and what was sent is gone everywhere", async () => {
    const { pages } = await tabsOf(2);
    const [one, other] = pages as [Page, Page];
    const heard: string[][] = [];
    other.client.drafts.onChange((conversation, text) => heard.push([conversation, text]));
    one.client.drafts.set("@bob", "hello");
    await settled();
    expect(other.client.drafts.get("@bob")).toBe("hello");
    one.client.drafts.set("@bob", "");
    await settled();
    expect(other.client.drafts.get("@bob")).toBe("");
    expect(heard).toEqual([
      ["@bob", "hello"],
      ["@bob", ""],
    ]);
  });
});
