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
  onWrite: () => void = () => {};
  readonly #onClosed: (() => void)[] = [];
  /** Keeps the bytes of the stream past its end. */
  holds = false;
  #drained = Promise.withResolvers<void>();

  write({ bytes }: Payload): boolean {
    if (this.ended) return true;
    this.writes.push(bytes);
    if (this.stalled) this.queuedBytes += bytes.length;
    if (this.lagging) this.queuedBytes = bytes.length;
    this.onWrite();
    return this.queuedBytes === 0;
  }
  drained(): Promise<void> {
    return this.stalled && !this.ended ? this.#drained.promise : Promise.resolve();
  }
  stall(): void {
    this.stalled = true;
    this.queuedBytes = this.writes.at(-1)?.length ?? 0;
    this.#drained = Promise.withResolvers<void>();
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
    if (!this.holds) this.close();
  }
  close(): void {
    for (const listener of this.#onClosed.splice(0)) listener();
  }
  onEnd(listener: () => void): void {
    this.#onEnd.push(listener);
  }
  onClosed(listener: () => void): void {
    this.#onClosed.push(listener);
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

function setUp(options: { ready?: boolean; streamsPerAccount?: number } = {}) {
  const projection = createProjection({ path: ":memory:", epoch: "e1" });
  const hub = createHub({ roster: projection.roster });
  const sessionEnded: ((sessionId: string) => void)[] = [];
  let sequence = 0;
  let now = 0;
  const relay = createRelay({
    epoch: "e1",
    log: { head: () => Promise.resolve(sequence) },
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
    bounds: { streamsPerAccount: options.streamsPerAccount ?? 1_000, streamsPerAddress: 1_000, streams: 2_000 },
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
    post(count = 1, text?: string) {
      const events = Array.from({ length: count }, (_, index) =>
        posted("ada", "@bob", (sequence + 1) * 1_000 + index, text),
      );
      projection.apply(records([events], { first: ++sequence }), (applied) => hub.publish(applied));
      hub.flush();
    },
    async open(
      handle: string | undefined,
      request: { after?: bigint; epoch?: string } = {},
      stream = new TestStream(),
    ) {
      const context = {
        header: () => handle,
        requestId: "r",
        codec: "binary" as const,
        address: "203.0.113.7",
        caller: undefined,
      };
      const done = Promise.resolve(relay.subscribe(create(SubscribeRequestSchema, request), context, stream));
      return { stream, done };
    },
  };
}

describe("the relay", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "setTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  it("says ready with the head and the epoch, then caught up, then goes live", async () => {
    const { open, post } = setUp();
    post();
    const { stream, done } = await open("bob");
    await done;
    expect(stream.responses[0]).toMatchObject({
      seq: BigInt(lastSeqOf(1)),
      payload: { case: "ready", value: { epoch: "e1", heartbeatMs: HEARTBEAT_MS } },
    });
    expect(stream.kinds).toEqual(["ready", "heartbeat"]);
    post();
    expect(stream.eventSeqs).toEqual([8192]);
  });

  it("replays after the cursor, then goes live, without gap or repeat, while events keep coming", async () => {
    const { open, post } = setUp();
    const streams: { stream: TestStream; after: number }[] = [];
    const opening: Promise<void>[] = [];
    for (let turn = 1; turn <= 60; turn++) {
      post(turn % 7 === 0 ? 300 : 1 + (turn % 3));
      const after = Math.floor((turn * 7919) % (turn * 4096));
      const { stream, done } = await open(turn % 2 ? "bob" : "ada", { after: BigInt(after), epoch: "e1" });
      streams.push({ stream, after });
      opening.push(done);
      if (turn % 5 === 0) await setImmediate();
    }
    await Promise.all(opening);
    post();
    const { stream: whole, done } = await open("bob", { after: 0n, epoch: "e1" });
    await done;
    const all = whole.eventSeqs;
    expect(new Set(all).size).toBe(all.length);
    for (const { stream, after } of streams) expect(stream.eventSeqs).toEqual(all.filter((seq) => seq > after));
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
    ["another epoch", { after: 0n, epoch: "e0" }],
    ["a position beyond the end of the log", { after: BigInt(lastSeqOf(9)), epoch: "e1" }],
  ])("resets for a cursor of %s and goes on from now", async (_, request) => {
    const { open, post } = setUp();
    post();
    const { stream, done } = await open("bob", request);
    await vi.advanceTimersByTimeAsync(11_000);
    await done;
    expect(stream.kinds).toEqual(["ready", "reset", "heartbeat"]);
    post();
    expect(stream.eventSeqs).toEqual([8192]);
  });

  it("does not take one answer for the end of the log: waits for a cursor that another server gave", async () => {
    const { open, post } = setUp();
    post();
    const { stream, done } = await open("bob", { after: BigInt(lastSeqOf(2)), epoch: "e1" });
    await vi.advanceTimersByTimeAsync(3_000);
    expect(stream.kinds).toEqual([]);
    post();
    await vi.advanceTimersByTimeAsync(500);
    await done;
    expect(stream.kinds).toEqual(["ready", "heartbeat"]);
    post();
    expect(stream.eventSeqs).toEqual([3 * 4096]);
  });

  it("refuses a cursor without its epoch, a caller without a session, and everybody before it is ready", async () => {
    const { open } = setUp();
    await expect((await open("bob", { after: 1n })).done).rejects.toMatchObject({ code: "invalid_argument" });
    await expect((await open(undefined)).done).rejects.toMatchObject({ code: "unauthenticated" });
    await expect((await setUp({ ready: false }).open("bob")).done).rejects.toMatchObject({ code: "unavailable" });
  });

  it("waits for a slow reader in catch-up and holds no more than a page for it", async () => {
    const { open, post } = setUp();
    for (let i = 0; i < 10; i++) post(256);
    const stream = new TestStream();
    stream.stalled = true;
    const { done } = await open("bob", { after: 0n, epoch: "e1" }, stream);
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

  it("bounds a page of catch-up by bytes, and never calls a reader slow that waits for its pages", async () => {
    const { open, post } = setUp();
    post(1_024, "x".repeat(40_000)); // 41 MB
    const stream = new TestStream();
    stream.onWrite = () => {
      if (stream.queuedBytes > 0) return;
      stream.stall();
      globalThis.setImmediate(() => stream.release());
    };
    const { done } = await open("bob", { after: 0n, epoch: "e1" }, stream);
    await done;
    expect(stream.error).toBeUndefined();
    expect(stream.eventSeqs).toHaveLength(1_024);
    expect(Math.max(...stream.writes.map(({ length }) => length))).toBeLessThan(300 * 1024);
  });

  it("counts what comes meanwhile beyond the page that a reader is still taking", async () => {
    const { open, post } = setUp();
    post(6, "x".repeat(40_000));
    const stream = new TestStream();
    const { done } = await open("bob", { after: 0n, epoch: "e1" }, stream);
    await done;
    const page = Math.max(...stream.writes.map(({ length }) => length));
    stream.stalled = true;
    stream.queuedBytes = STREAM_QUEUE_MAX_BYTES + page - 1_000;
    post();
    expect(stream.ended).toBe(false);
    stream.queuedBytes = STREAM_QUEUE_MAX_BYTES + page;
    post();
    expect(stream.error).toMatchObject({ code: "resource_exhausted" });
  });

  it("counts streams by account: those that wait for their cursor too, and those whose bytes are not gone", async () => {
    const { open, post } = setUp({ streamsPerAccount: 2 });
    post();
    const waiting = await open("bob", { after: BigInt(lastSeqOf(9)), epoch: "e1" });
    waiting.done.catch(() => undefined);
    const held = (await open("bob")).stream;
    await setImmediate();
    await expect((await open("bob")).done).rejects.toMatchObject({ code: "resource_exhausted" });
    await (
      await open("ada")
    ).done;
    held.holds = true;
    held.end();
    await expect((await open("bob")).done).rejects.toMatchObject({ code: "resource_exhausted" });
    held.close();
    await (
      await open("bob")
    ).done;
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
