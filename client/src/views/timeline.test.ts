import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { clientUnderTest, type ClientUnderTest } from "../testing/client-under-test.ts";
import { UNREACHABLE } from "../testing/fake-server.ts";
import { settled } from "../testing/fake-time.ts";
import type { Timeline } from "../types.ts";

function post(test: ClientUnderTest, from: number, to: number): void {
  for (let number = from; number <= to; number++) test.server.post("bob", "@ada", `m${number}`);
}

const texts = (timeline: Timeline): string[] =>
  timeline.$state
    .get()
    .rows.map(({ state, message }) => (state === "stored" ? message.text : `(${state}) ${message.text}`));

const range = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `m${from + index}`);

async function open(test: ClientUnderTest): Promise<Timeline> {
  const timeline = test.client.timeline("@bob");
  await settled();
  return timeline;
}

/** Loses the stream and comes back to another log. */
async function reset(test: ClientUnderTest): Promise<void> {
  test.server.streams.epoch += "+";
  test.server.streams.open[0]?.cut(new ConnectError("lost", Code.Unavailable));
  await settled();
}

describe("timeline", () => {
  it("shows the newest page, then what comes", async () => {
    await using test = await clientUnderTest();
    post(test, 1, 60);
    const timeline = await open(test);
    expect(texts(timeline)).toEqual(range(11, 60));
    expect(timeline.$state.get()).toMatchObject({ loaded: true, loading: false, hasOlder: true, address: "@bob" });
    post(test, 61, 61);
    test.server.post("bob", "#elsewhere", "not here");
    await settled();
    expect(texts(timeline)).toEqual(range(11, 61));
  });

  it("loads what is older, page by page, until there is no more", async () => {
    await using test = await clientUnderTest();
    post(test, 1, 120);
    const timeline = await open(test);
    await Promise.all([timeline.loadOlder(), timeline.loadOlder()]);
    expect(texts(timeline)).toEqual(range(21, 120));
    await timeline.loadOlder();
    expect(texts(timeline)).toEqual(range(1, 120));
    expect(timeline.$state.get().hasOlder).toBe(false);
    const calls = test.server.count("listMessages");
    await timeline.loadOlder();
    expect(test.server.count("listMessages")).toBe(calls);
  });

  it("loses nothing that comes during a load, and shows it once", async () => {
    await using test = await clientUnderTest();
    post(test, 1, 3);
    const hang = Promise.withResolvers<void>();
    test.server.disturb("listMessages", { hang: hang.promise });
    const timeline = await open(test);
    post(test, 4, 5);
    await settled();
    expect(texts(timeline)).toEqual([]);
    hang.resolve();
    await settled();
    expect(texts(timeline)).toEqual(range(1, 5));
  });

  it("loses nothing that comes after the page was read and before its answer", async () => {
    await using test = await clientUnderTest();
    post(test, 1, 3);
    const onItsWay = Promise.withResolvers<void>();
    test.server.disturb("listMessages", { answerAfter: onItsWay.promise });
    const timeline = await open(test);
    post(test, 4, 5);
    await settled();
    onItsWay.resolve();
    await settled();
    expect(texts(timeline)).toEqual(range(1, 5));
  });

  it("turns a pending row into the sent one in its place", async () => {
    await using test = await clientUnderTest();
    post(test, 1, 1);
    const timeline = await open(test);
    const hang = Promise.withResolvers<void>();
    test.server.disturb("sendMessage", { hang: hang.promise });
    const history: (readonly string[])[] = [];
    timeline.$state.listen(({ rows }) => history.push(rows.map(({ key }) => key)));
    const { clientId } = await test.client.outbox.add({ kind: "send", conversation: "@bob", text: "hello" });
    await settled();
    expect(texts(timeline)).toEqual(["m1", "(sending) hello"]);
    hang.resolve();
    await settled();
    expect(texts(timeline)).toEqual(["m1", "hello"]);
    expect(timeline.$state.get().rows[1]).toMatchObject({ state: "stored", key: `4096/${clientId}`, items: [] });
    // From the first time it was drawn it never went away, doubled or changed its key.
    const first = history.findIndex((keys) => keys.length === 2);
    expect(new Set(history.slice(first).map((keys) => keys.slice(1).join()))).toEqual(new Set([`4096/${clientId}`]));
  });

  it("shows what failed, and nothing of other conversations", async () => {
    await using test = await clientUnderTest();
    test.server.disturb("sendMessage", { fail: new ConnectError("Too long.", Code.InvalidArgument) });
    const timeline = await open(test);
    await test.client.outbox.add({ kind: "send", conversation: "@bob", text: "long" });
    await test.client.outbox.add({ kind: "send", conversation: "@bobby", text: "other" });
    await settled();
    expect(texts(timeline)).toEqual(["(failed) long"]);
  });

  it("never shows a gap as continuous after a reset", async () => {
    await using test = await clientUnderTest();
    post(test, 1, 10);
    const timeline = await open(test);
    const shown: string[][] = [];
    timeline.$state.listen(() => shown.push(texts(timeline)));
    const [stream] = test.server.streams.open;
    stream?.cut(new ConnectError("lost", Code.Unavailable));
    post(test, 11, 200);
    const hang = Promise.withResolvers<void>();
    test.server.disturb("listMessages", { hang: hang.promise });
    await reset(test);
    post(test, 201, 202);
    await settled();
    hang.resolve();
    await settled();
    post(test, 203, 203);
    await settled();
    expect(texts(timeline)).toEqual(range(153, 203));
    expect(timeline.$state.get().hasOlder).toBe(true);
    for (const rows of shown) {
      const numbers = rows.map((text) => Number(text.slice(1)));
      for (const [index, number] of numbers.entries())
        if (index > 0) expect(number - (numbers[index - 1] ?? 0)).toBe(1);
    }
    await timeline.loadOlder();
    expect(texts(timeline)).toEqual(range(103, 203));
  });

  it("shows no gap while the feed is still catching up with what is older than the page", async () => {
    await using test = await clientUnderTest();
    // The page is read at once, the events come one by one.
    post(test, 1, 200);
    const timeline = await open(test);
    expect(texts(timeline)).toEqual(range(151, 200));
  });

  it("shows the newest page after a reset, and what is older when it is asked for", async () => {
    await using test = await clientUnderTest();
    post(test, 1, 100);
    const timeline = await open(test);
    await timeline.loadOlder();
    await reset(test);
    expect(texts(timeline)).toEqual(range(51, 100));
    await timeline.loadOlder();
    expect(texts(timeline)).toEqual(range(1, 100));
    expect(timeline.$state.get().hasOlder).toBe(false);
  });

  it("shows what comes although the page after a reset can't be loaded", async () => {
    await using test = await clientUnderTest();
    post(test, 1, 10);
    const timeline = await open(test);
    test.server.disturb("listMessages", UNREACHABLE);
    await reset(test);
    expect(timeline.$state.get().error).toMatchObject({ code: "unavailable" });
    await timeline.reload();
    post(test, 11, 11);
    await settled();
    expect(texts(timeline)).toEqual(range(1, 11));
    expect(timeline.$state.get().error).toBeUndefined();
  });

  it("keeps one's own message on the screen while the page after a reset is on its way", async () => {
    await using test = await clientUnderTest();
    post(test, 1, 2);
    const timeline = await open(test);
    const hang = Promise.withResolvers<void>();
    test.server.disturb("listMessages", { hang: hang.promise });
    await reset(test);
    const shown: string[][] = [];
    await test.client.outbox.add({ kind: "send", conversation: "@bob", text: "mine" });
    await settled();
    timeline.$state.listen(() => shown.push(texts(timeline)));
    expect(texts(timeline).at(-1)).toMatch(/mine$/);
    hang.resolve();
    await settled();
    expect(texts(timeline)).toEqual(["m1", "m2", "mine"]);
    for (const rows of shown) expect(rows.filter((text) => text.endsWith("mine"))).toHaveLength(1);
  });

  it("says what went wrong and loads when told to", async () => {
    await using test = await clientUnderTest();
    post(test, 1, 2);
    test.server.disturb("listMessages", UNREACHABLE);
    const timeline = await open(test);
    expect(timeline.$state.get()).toMatchObject({ loaded: false, loading: false, error: { code: "unavailable" } });
    post(test, 3, 3);
    await timeline.reload();
    expect(texts(timeline)).toEqual(range(1, 3));
  });

  it("is shared by its views and still there when the last one closed", async () => {
    await using test = await clientUnderTest();
    post(test, 1, 2);
    const timeline = await open(test);
    const other = test.client.timeline("@bob");
    expect(texts(other)).toEqual(range(1, 2));
    other.close();
    timeline.close();
    timeline.close();
    post(test, 3, 3);
    await settled();
    expect(texts(test.client.timeline("@bob"))).toEqual(range(1, 3));
    expect(test.server.count("listMessages")).toBe(1);
  });

  it("refuses what is no address, and everything when nobody is signed in", async () => {
    await using test = await clientUnderTest({ signIn: false });
    const timeline = await open(test);
    expect(timeline.$state.get().error?.code).toBe("unauthenticated");
    await test.client.session.login({ login: "ada", password: "secret" });
    const wrong = test.client.timeline("bob");
    await settled();
    expect(wrong.$state.get().error?.code).toBe("invalid_argument");
    expect(timeline.$state.get()).toMatchObject({ loaded: true });
  });
});
