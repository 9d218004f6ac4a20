import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { clientUnderTest, type ClientUnderTest } from "../testing/client-under-test.ts";
import { HEARTBEAT_MS, UNREACHABLE, type FakeStream } from "../testing/fake-server.ts";
import { settled } from "../testing/fake-time.ts";
import type { ConnectionState } from "../types.ts";

const LOST = new ConnectError("lost", Code.Unavailable);

function record(test: ClientUnderTest): { texts: string[]; states: ConnectionState["state"][]; resets: () => number } {
  const texts: string[] = [];
  const states: ConnectionState["state"][] = [];
  let resets = 0;
  test.client.feed.onChange((change) => change.row === "message" && texts.push(change.message.text));
  test.client.feed.onReset(() => resets++);
  test.client.feed.$connection.subscribe(({ state }) => states.push(state));
  return { texts, states, resets: () => resets };
}

const stream = (test: ClientUnderTest): FakeStream => {
  const [only, ...others] = test.server.streams.open;
  expect(others).toEqual([]);
  return only as FakeStream;
};

describe("feed", () => {
  it("begins now when there is no cursor", async () => {
    const { server, time } = await clientUnderTest({ signIn: false });
    server.post("bob", "@ada", "long ago");
    await using test = await clientUnderTest({ server, time });
    const seen = record(test);
    expect(stream(test).cursor).toBe("");
    server.post("bob", "@ada", "now");
    await settled();
    expect(seen.texts).toEqual(["now"]);
    expect(test.client.feed.$connection.get()).toEqual({ state: "live" });
  });

  it("goes on by cursor after a loss, without a hole and without repeats", async () => {
    await using test = await clientUnderTest();
    const seen = record(test);
    const { seq } = test.server.post("bob", "@ada", "one");
    await settled();
    stream(test).cut(LOST);
    test.server.post("bob", "@ada", "two");
    await settled();
    expect(stream(test).cursor).toBe(`epoch-1:${seq}`);
    test.server.post("bob", "@ada", "three");
    await settled();
    expect(seen.texts).toEqual(["one", "two", "three"]);
    expect(seen.states).toEqual(["live", "connecting", "catching-up", "live"]);
    expect(seen.resets()).toBe(0);
  });

  it("has a place to go on from as soon as it is live, should the run end there", async () => {
    await using test = await clientUnderTest({ cursor: "stored" });
    expect(test.client.feed.$connection.get()).toEqual({ state: "live" });
    const { server, storage } = test;
    expect(storage.get(`u/${server.id("ada")}/cursor`)).toBe(`epoch-1:${server.chat.head}`);
  });

  it("goes on where the last run ended when the cursor is stored", async () => {
    const first = await clientUnderTest({ cursor: "stored" });
    const { server, storage, time } = first;
    server.post("bob", "@ada", "one");
    await settled();
    await first.client.close();
    server.post("bob", "@ada", "two");
    await using next = await clientUnderTest({ cursor: "stored", server, storage, time, autoStart: false });
    const seen = record(next);
    next.client.feed.start();
    await settled();
    expect(seen.texts).toEqual(["two"]);
  });

  it("tells of no version of a row twice, also where a stream repeats it", async () => {
    await using test = await clientUnderTest();
    const seen = record(test);
    const message = test.server.post("bob", "@ada", "one");
    stream(test).send({ cursor: "epoch-1:1", payload: { case: "message", value: message } });
    await settled();
    expect(seen.texts).toEqual(["one"]);
  });

  it("tells of a change that a page or an answer has brought before", async () => {
    await using test = await clientUnderTest();
    const seen = record(test);
    test.server.streams.hold();
    const { clientId } = await test.client.outbox.add({ kind: "send", conversation: "@bob", text: "mine" });
    await test.client.outbox.done(clientId);
    await test.client.messages.list({ conversation: "@bob" });
    test.server.streams.flush();
    await settled();
    expect(seen.texts).toEqual(["mine"]);
  });

  it("tells who did what", async () => {
    await using test = await clientUnderTest();
    const told: unknown[] = [];
    test.client.feed.onChange(({ cause, actor, row }) => told.push([cause, actor, row]));
    const bob = test.server.id("bob");
    const { seq } = test.server.post("bob", "@ada", "one");
    test.server.chat.react(bob, Number(seq), "👍");
    await settled();
    expect(told).toEqual([
      ["message-posted", bob, "conversation"],
      ["message-posted", bob, "message"],
      ["reaction-added", bob, "message"],
    ]);
  });

  it("takes a cursor only from the last frame of an event", async () => {
    await using test = await clientUnderTest();
    const before = test.server.chat.head;
    const { send } = stream(test);
    send({ cursor: "", payload: { case: "user", value: test.server.chat.userOf(test.server.id("bob")) } });
    await settled();
    stream(test).cut(LOST);
    await settled();
    expect(stream(test).cursor).toBe(`epoch-1:${before}`);
  });

  it("moves the cursor with heartbeats, so that little has to be read again", async () => {
    await using test = await clientUnderTest();
    stream(test).send({ cursor: "epoch-1:77777", payload: { case: "heartbeat", value: {} } });
    await settled();
    stream(test).cut(LOST);
    await settled();
    expect(stream(test).cursor).toBe("epoch-1:77777");
  });

  it("loads nothing again after a loss whose cursor is honoured", async () => {
    await using test = await clientUnderTest();
    test.client.timeline("@bob");
    await settled();
    const lists = ["listMessages", "listConversations", "getConversation"] as const;
    const before = lists.map(test.server.count);
    stream(test).cut(LOST);
    test.server.post("bob", "@ada", "meanwhile");
    await settled();
    expect(lists.map(test.server.count)).toEqual(before);
  });

  it("tells that the cursor could not be honoured, once, and goes on in the new log", async () => {
    await using test = await clientUnderTest();
    const seen = record(test);
    test.server.post("bob", "@ada", "one");
    await settled();
    test.server.streams.epoch = "epoch-2";
    stream(test).cut(LOST);
    await settled();
    expect(seen.resets()).toBe(1);
    test.server.post("bob", "@ada", "two");
    await settled();
    stream(test).cut(LOST);
    await test.time.advance(1_000);
    expect(stream(test).cursor).toBe(`epoch-2:${test.server.chat.head}`);
    expect(seen.resets()).toBe(1);
    expect(seen.texts).toEqual(["one", "two"]);
  });

  it("gives up a stream that is silent for two heartbeats, not sooner", async () => {
    await using test = await clientUnderTest();
    const dead = stream(test);
    await test.time.advance(2 * HEARTBEAT_MS);
    expect(dead.signal.aborted).toBe(false);
    await test.time.advance(1_001);
    expect(dead.signal.aborted).toBe(true);
    expect(stream(test)).not.toBe(dead);
    expect(test.client.feed.$connection.get().state).toBe("live");
  });

  it("keeps a stream that is heard", async () => {
    await using test = await clientUnderTest();
    const kept = stream(test);
    for (let beat = 0; beat < 10; beat++) {
      await test.time.advance(HEARTBEAT_MS);
      test.server.streams.heartbeat();
      await settled();
    }
    expect(stream(test)).toBe(kept);
    expect(test.server.count("subscribe")).toBe(1);
  });

  it("gives up a stream that never opens after 15 s", async () => {
    await using test = await clientUnderTest({ autoStart: false });
    test.server.disturb("subscribe", { hang: new Promise(() => {}) });
    test.client.feed.start();
    await test.time.advance(14_000);
    expect(test.client.feed.$connection.get()).toEqual({ state: "connecting", attempt: 1 });
    await test.time.advance(2_000);
    expect(test.client.feed.$connection.get()).toEqual({ state: "live" });
  });

  it.each([
    [0, [0, 0, 0, 0]],
    [0.5, [250, 500, 1_000, 2_000]],
    [1, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]],
  ])("waits longer after each failure, with jitter (draw %d)", async (draw, waits) => {
    await using test = await clientUnderTest({ autoStart: false, random: () => draw });
    test.server.disturb("subscribe", UNREACHABLE, { times: waits.length });
    const seen: number[] = [];
    test.client.feed.$connection.listen((state) => {
      if (state.state === "waiting") seen.push(state.retryAt - test.time.now());
    });
    test.client.feed.start();
    await test.time.advance(120_000);
    expect(seen).toEqual(waits.filter((wait) => wait > 0));
    expect(test.server.count("subscribe")).toBeGreaterThanOrEqual(waits.length + 1);
  });

  it("waits between streams that open and end at once", async () => {
    await using test = await clientUnderTest();
    for (let round = 0; round < 5; round++) {
      stream(test)?.cut();
      await settled();
      if (test.client.feed.$connection.get().state === "waiting") await test.time.advance(30_000);
    }
    stream(test)?.cut();
    await settled();
    stream(test)?.cut();
    await settled();
    expect(test.client.feed.$connection.get()).toMatchObject({ state: "waiting" });
  });

  it("waits as long as the server asks", async () => {
    await using test = await clientUnderTest({ autoStart: false });
    const { RetryInfoSchema } = await import("@chat/proto/google/rpc/error_details");
    const busy = new ConnectError("busy", Code.ResourceExhausted, undefined, [
      { desc: RetryInfoSchema, value: { retryDelay: { seconds: 20n } } },
    ]);
    test.server.disturb("subscribe", { fail: busy });
    test.client.feed.start();
    await test.time.advance(19_999);
    expect(test.server.count("subscribe")).toBe(1);
    await test.time.advance(1);
    expect(test.server.count("subscribe")).toBe(2);
  });

  async function waiting(): Promise<ClientUnderTest> {
    const test = await clientUnderTest({ autoStart: false, random: () => 0.99 });
    test.server.disturb("subscribe", UNREACHABLE, { times: 6 });
    test.client.feed.start();
    await test.time.advance(16_000);
    expect(test.client.feed.$connection.get()).toMatchObject({ state: "waiting" });
    test.server.calm();
    return test;
  }

  it("tries at once when told to", async () => {
    await using test = await waiting();
    test.client.feed.retryNow();
    await settled();
    expect(test.client.feed.$connection.get()).toEqual({ state: "live" });
  });

  it.each(["online", "visible"] as const)("tries at once when the platform says %s", async (event) => {
    await using test = await waiting();
    test.tell(event);
    await settled();
    expect(test.client.feed.$connection.get()).toEqual({ state: "live" });
  });

  it("does not trust an old silence after the network changed, and is back at once", async () => {
    await using test = await clientUnderTest({ random: () => 0.99 });
    const before = stream(test);
    await test.time.advance(2_000);
    test.tell("online");
    await settled();
    expect(before.signal.aborted).toBe(true);
    expect(test.client.feed.$connection.get()).toEqual({ state: "live" });
    expect(stream(test).cursor).toMatch(/^epoch-1:/);
  });

  it("is back within 2 s after waking up, also when it had been lost for long before", async () => {
    await using test = await waiting();
    await test.time.advance(31_000);
    expect(test.client.feed.$connection.get()).toEqual({ state: "live" });
    const before = stream(test);
    test.tell("online");
    await test.time.advance(2_000);
    expect(before.signal.aborted).toBe(true);
    expect(test.client.feed.$connection.get()).toMatchObject({ state: "live" });
  });

  it("gives up an attempt that began before the network changed", async () => {
    await using test = await clientUnderTest({ autoStart: false });
    test.server.disturb("subscribe", { hang: new Promise(() => {}) });
    test.client.feed.start();
    await test.time.advance(5_000);
    test.tell("online");
    await test.time.advance(2_000);
    expect(test.client.feed.$connection.get()).toEqual({ state: "live" });
  });

  it("gives up a stream at once when the platform says offline", async () => {
    await using test = await clientUnderTest();
    const before = stream(test);
    test.server.disturb("subscribe", UNREACHABLE);
    test.tell("offline");
    await settled();
    expect(before.signal.aborted).toBe(true);
    expect(test.client.feed.$connection.get()).toMatchObject({ state: "waiting" });
  });

  it("keeps a stream that was just heard when the window is seen again", async () => {
    await using test = await clientUnderTest();
    const kept = stream(test);
    await test.time.advance(HEARTBEAT_MS - 1);
    test.tell("visible");
    await settled();
    expect(stream(test)).toBe(kept);
  });

  it("renews a token that was refused and goes on", async () => {
    await using test = await clientUnderTest({ autoStart: false });
    test.server.accounts.expireTokens();
    test.client.feed.start();
    await test.time.advance(1_000);
    expect(test.server.count("refresh")).toBe(1);
    expect(test.client.feed.$connection.get()).toEqual({ state: "live" });
  });

  it("stops, leaves nothing behind and starts again by cursor", async () => {
    await using test = await clientUnderTest();
    const seen = record(test);
    const timersSignedIn = 1;
    test.client.feed.stop();
    await settled();
    expect(test.client.feed.$connection.get()).toEqual({ state: "stopped" });
    expect(test.server.streams.open).toEqual([]);
    expect(test.time.pending()).toHaveLength(timersSignedIn);
    test.tell("online");
    test.client.feed.retryNow();
    test.server.post("bob", "@ada", "meanwhile");
    await test.time.advance(60_000);
    expect(test.server.count("subscribe")).toBe(1);
    test.client.feed.start();
    await settled();
    expect(seen.texts).toEqual(["meanwhile"]);
  });

  it("stops while it waits", async () => {
    await using test = await waiting();
    const before = test.server.count("subscribe");
    test.client.feed.stop();
    await test.time.advance(120_000);
    expect(test.server.count("subscribe")).toBe(before);
  });

  it("is not stopped by a listener that throws", async () => {
    await using test = await clientUnderTest();
    test.client.feed.onChange(() => {
      throw new Error("broken");
    });
    const seen = record(test);
    test.server.post("bob", "@ada", "one");
    await settled();
    expect(seen.texts).toEqual(["one"]);
  });
});
