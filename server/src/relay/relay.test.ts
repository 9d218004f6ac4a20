import { setImmediate } from "node:timers/promises";
import { create, fromBinary } from "@bufbuild/protobuf";
import {
  type SubscribeResponse,
  SubscribeResponseSchema,
  SubscribeRequestSchema,
} from "@chat/proto/chat/v1/chat_service";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ChatError } from "../errors.ts";
import { createHub } from "../hub/hub.ts";
import { CHAIN_BYTES, CHAIN_START } from "../log/chain.ts";
import { createCursorCodec, recordOf } from "../log/cursor-codec.ts";
import { lastSeqOf } from "../log/position.ts";
import { createCatchUp } from "../projection/catch-up.ts";
import { createProjection } from "../projection/projection.ts";
import { posted, records } from "../testing/events.ts";
import type { Payload } from "../wire/payload.ts";
import type { FrameStream } from "../wire/wire.ts";
import { HEARTBEAT_MS, STREAM_MAX_AGE_MS, STREAM_QUEUE_MAX_BYTES, STREAM_STALL_MS } from "./limits.ts";
import { createRelay } from "./relay.ts";

/** A stream whose reader the test is. */
class TestStream implements FrameStream {
  writes: Uint8Array[] = [];
  queuedBytes = 0;
  ended = false;
  error: unknown;
  stalled = false;
  /** What is written is taken at the end of the turn, as over HTTP/2. */
  lagging = false;
  readonly #onEnd: (() => void)[] = [];
  #drained = Promise.withResolvers<void>();

  write({ bytes }: Payload): boolean {
    if (this.ended) return true;
    this.writes.push(bytes);
    if (this.stalled) this.queuedBytes += bytes.length;
    if (this.lagging) this.queuedBytes = bytes.length;
    return this.queuedBytes === 0;
  }
  drained(): Promise<void> {
    return this.stalled && !this.ended ? this.#drained.promise : Promise.resolve();
  }
  release(): void {
    this.stalled = false;
    this.queuedBytes = 0;
    this.#drained.resolve();
  }
  end(error?: unknown): void {
    if (this.ended) return;
    this.ended = true;
    this.error = error;
    this.#drained.resolve();
    for (const listener of this.#onEnd) listener();
  }
  onEnd(listener: () => void): void {
    this.#onEnd.push(listener);
  }
  /** The messages of all writes. */
  get responses(): SubscribeResponse[] {
    const bytes = Buffer.concat(this.writes);
    const found: SubscribeResponse[] = [];
    for (let at = 0; at < bytes.length;) {
      const length = bytes.readUInt32BE(at + 1);
      found.push(fromBinary(SubscribeResponseSchema, bytes.subarray(at + 5, at + 5 + length)));
      at += 5 + length;
    }
    return found;
  }
  get kinds(): (string | undefined)[] {
    return this.responses.map(({ payload }) => payload.case);
  }
  get eventSeqs(): number[] {
    return this.responses.flatMap(({ payload, seq }) => (payload.case === "event" ? [Number(seq)] : []));
  }
}

/** A value of the chain of some other log. */
const PAST = new Uint8Array(CHAIN_BYTES).fill(7);

function setUp(options: { ready?: boolean; head?: number } = {}) {
  const projection = createProjection({ path: ":memory:", epoch: "e1" });
  const cursors = createCursorCodec("e1");
  const hub = createHub({ roster: projection.roster, cursors });
  const sessionEnded: ((sessionId: string) => void)[] = [];
  let sequence = 0;
  let now = 0;
  const relay = createRelay({
    cursors,
    log: { head: () => Promise.resolve(options.head ?? sequence) },
    projection,
    catchUp: createCatchUp(projection),
    hub,
    authenticator: {
      authenticate: (authorization) => {
        if (!authorization) throw new ChatError("unauthenticated", "Sign in.");
        return { handle: authorization, sessionId: `session-${authorization}`, expiresAt: Infinity };
      },
      onSessionEnded(listener) {
        sessionEnded.push(listener);
        return () => undefined;
      },
    },
    isReady: () => options.ready ?? true,
    now: () => now,
    random: () => 0,
  });
  return {
    relay,
    hub,
    projection,
    endSession: (sessionId: string) => sessionEnded.forEach((listener) => listener(sessionId)),
    advance(ms: number) {
      // In steps, for each tick of the relay's timer looks at the clock.
      for (const end = now + ms; now < end;) {
        now += 1_000;
        vi.advanceTimersByTime(1_000);
      }
    },
    post(count = 1) {
      const events = Array.from({ length: count }, (_, index) => posted("ada", "@bob", (sequence + 1) * 1_000 + index));
      projection.apply(records([events], { first: ++sequence }), (applied) => hub.publish(applied));
      hub.flush();
    },
    /** The cursor of a position in this log. */
    at: (seq: number) => cursors.encode(seq, projection.chainAt(recordOf(seq)) ?? CHAIN_START),
    async open(handle: string | undefined, request: { cursor?: string } = {}, stream = new TestStream()) {
      const context = {
        header: () => handle,
        requestId: "r",
        codec: "binary" as const,
      };
      const done = Promise.resolve(relay.subscribe(create(SubscribeRequestSchema, request), context, stream));
      return { stream, done };
    },
  };
}

describe("the relay", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "setTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  it("says ready with the head, then caught up, then goes live", async () => {
    const { open, post } = setUp();
    post();
    const { stream, done } = await open("bob");
    await done;
    expect(stream.responses[0]).toMatchObject({
      seq: BigInt(lastSeqOf(1)),
      payload: { case: "ready", value: { heartbeatMs: HEARTBEAT_MS } },
    });
    expect(stream.kinds).toEqual(["ready", "heartbeat"]);
    post();
    expect(stream.eventSeqs).toEqual([8192]);
  });

  it("replays after the cursor, then goes live, without gap or repeat, while events keep coming", async () => {
    const { open, post, at } = setUp();
    const streams: { stream: TestStream; after: number }[] = [];
    const opening: Promise<void>[] = [];
    for (let turn = 1; turn <= 60; turn++) {
      post(turn % 7 === 0 ? 300 : 1 + (turn % 3));
      const after = Math.floor((turn * 7919) % (turn * 4096));
      const { stream, done } = await open(turn % 2 ? "bob" : "ada", { cursor: at(after) });
      streams.push({ stream, after });
      opening.push(done);
      if (turn % 5 === 0) await setImmediate();
    }
    await Promise.all(opening);
    post();
    const { stream: whole, done } = await open("bob", { cursor: at(0) });
    await done;
    const all = whole.eventSeqs;
    expect(new Set(all).size).toBe(all.length);
    for (const { stream, after } of streams) expect(stream.eventSeqs).toEqual(all.filter((seq) => seq > after));
  });

  it("gives with each frame the cursor that goes on after it, the same ones live and replayed", async () => {
    const { open, post, at } = setUp();
    const { stream: live, done } = await open("bob");
    await done;
    post(2);
    post(3);
    const cursors = live.responses.slice(2).map(({ cursor }) => cursor);
    expect(cursors).toEqual([4096, 4097, 8192, 8193, 8194].map(at));
    const { stream: replayed, done: caughtUp } = await open("bob", { cursor: at(0) });
    await caughtUp;
    expect(replayed.responses.map(({ cursor }) => cursor)).toEqual([at(0), ...cursors, at(lastSeqOf(2))]);
    for (const [index, cursor] of cursors.entries()) {
      const { stream, done: opened } = await open("bob", { cursor });
      await opened;
      expect(stream.eventSeqs).toEqual([4096, 4097, 8192, 8193, 8194].slice(index + 1));
    }
  });

  it("asks a client to come again whose cursor is in the log and beyond what this server has applied", async () => {
    const { open, at, projection } = setUp({ head: 5 });
    expect(projection.sequence).toBe(0);
    const { done } = await open("bob", { cursor: at(lastSeqOf(5)) });
    const refused = expect(done).rejects.toMatchObject({ code: "unavailable" });
    await vi.advanceTimersByTimeAsync(11_000);
    await refused;
  });

  it("ends all streams and takes new ones as soon as it may serve again", async () => {
    const options = { ready: true };
    const { open, relay } = setUp(options);
    const { stream } = await open("bob");
    await setImmediate();
    options.ready = false;
    relay.endAll("The log went back.");
    expect(stream.error).toMatchObject({ code: "unavailable" });
    await expect((await open("bob")).done).rejects.toMatchObject({ code: "unavailable" });
    options.ready = true;
    await (
      await open("bob")
    ).done;
    expect(relay.streams).toBe(1);
  });

  it("writes once per stream and turn", async () => {
    const { open, post } = setUp();
    const { stream, done } = await open("bob");
    await done;
    const before = stream.writes.length;
    post(50);
    expect(stream.writes.length - before).toBe(1);
    expect(stream.eventSeqs).toHaveLength(50);
  });

  it.each([
    ["another log", createCursorCodec("e0").encode(0, CHAIN_START), /another log/],
    ["a position beyond the end of the log", createCursorCodec("e1").encode(lastSeqOf(9), PAST), /beyond the end/],
    ["another past, though the log has that position", createCursorCodec("e1").encode(4096, PAST), /went back/],
  ])("resets for a cursor of %s and goes on from now", async (_, cursor, reason) => {
    const { open, post, at } = setUp();
    post();
    const { stream, done } = await open("bob", { cursor });
    await vi.advanceTimersByTimeAsync(11_000);
    await done;
    expect(stream.kinds).toEqual(["ready", "reset", "heartbeat"]);
    expect(stream.responses[1]?.payload.value).toMatchObject({ reason: expect.stringMatching(reason) as string });
    expect(stream.responses.map((frame) => frame.cursor)).toEqual([cursor, at(lastSeqOf(1)), at(lastSeqOf(1))]);
    post();
    expect(stream.eventSeqs).toEqual([8192]);
  });

  it("does not take one answer for the end of the log: waits for a cursor that another server gave", async () => {
    const { open, post } = setUp();
    post();
    const other = setUp();
    other.post();
    other.post();
    const { stream, done } = await open("bob", { cursor: other.at(lastSeqOf(2)) });
    await vi.advanceTimersByTimeAsync(3_000);
    expect(stream.kinds).toEqual([]);
    post();
    await vi.advanceTimersByTimeAsync(500);
    await done;
    expect(stream.kinds).toEqual(["ready", "heartbeat"]);
    post();
    expect(stream.eventSeqs).toEqual([3 * 4096]);
  });

  it("refuses what is no cursor and names it, a caller without a session, and everybody before it is ready", async () => {
    const { open } = setUp();
    for (const cursor of ["1", "x".repeat(32), `${createCursorCodec("e1").encode(1, CHAIN_START)}A`])
      await expect((await open("bob", { cursor })).done).rejects.toMatchObject({
        code: "invalid_argument",
        details: { fields: [{ field: "cursor" }] },
      });
    await expect((await open(undefined)).done).rejects.toMatchObject({ code: "unauthenticated" });
    await expect((await setUp({ ready: false }).open("bob")).done).rejects.toMatchObject({ code: "unavailable" });
  });

  it("waits for a slow reader in catch-up and holds no more than a page for it", async () => {
    const { open, post, at } = setUp();
    for (let i = 0; i < 10; i++) post(256);
    const stream = new TestStream();
    stream.stalled = true;
    const { done } = await open("bob", { cursor: at(0) }, stream);
    for (let turn = 0; turn < 20; turn++) await setImmediate();
    expect(stream.eventSeqs).toHaveLength(256);
    stream.release();
    await done;
    expect(stream.eventSeqs).toHaveLength(2_560);
  });

  it("ends a stream whose reader lets too much wait, and leaves the others alone", async () => {
    const { open, post, relay } = setUp();
    const slow = (await open("bob")).stream;
    const quick = (await open("bob")).stream;
    await setImmediate();
    slow.stalled = true;
    slow.queuedBytes = STREAM_QUEUE_MAX_BYTES;
    post();
    expect(slow.error).toMatchObject({ code: "resource_exhausted" });
    expect(relay.streams).toBe(1);
    post();
    expect(quick.eventSeqs).toHaveLength(2);
  });

  it("keeps a stream whose reader takes what is written a moment later, as over HTTP/2", async () => {
    const { open, advance } = setUp();
    const { stream, done } = await open("bob");
    await done;
    stream.lagging = true;
    advance(4 * STREAM_STALL_MS);
    expect(stream.ended).toBe(false);
  });

  it("sends heartbeats with the position, and ends a stream that takes nothing for too long", async () => {
    const { open, advance } = setUp();
    const { stream, done } = await open("bob");
    await done;
    advance(3 * HEARTBEAT_MS);
    expect(stream.kinds).toEqual(["ready", "heartbeat", "heartbeat", "heartbeat", "heartbeat"]);
    stream.stalled = true;
    advance(STREAM_STALL_MS + 2 * HEARTBEAT_MS);
    expect(stream.error).toMatchObject({ code: "resource_exhausted" });
  });

  it("ends old streams so that they are resumed elsewhere", async () => {
    const { open, advance } = setUp();
    const { stream, done } = await open("bob");
    await done;
    advance(STREAM_MAX_AGE_MS + HEARTBEAT_MS);
    expect(stream.error).toMatchObject({ code: "unavailable" });
  });

  it("ends a session's streams when the session ends, and no others", async () => {
    const { open, endSession, relay, hub } = setUp();
    const [ada, bob] = [(await open("ada")).stream, (await open("bob")).stream];
    await setImmediate();
    endSession("session-bob");
    expect(bob.error).toMatchObject({ code: "unauthenticated" });
    expect(ada.ended).toBe(false);
    expect([relay.streams, hub.people]).toEqual([1, 1]);
  });

  it("ends all streams with UNAVAILABLE when it closes, and takes no more", async () => {
    const { open, relay } = setUp();
    const { stream, done } = await open("bob");
    await done;
    relay.close();
    expect(stream.error).toMatchObject({ code: "unavailable" });
    expect(relay.streams).toBe(0);
    await expect((await open("bob")).done).rejects.toMatchObject({ code: "unavailable" });
    expect(vi.getTimerCount()).toBe(0);
  });
});
