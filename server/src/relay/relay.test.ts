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
import { lastSeqOf, seqOf } from "../log/position.ts";
import { createCatchUp } from "../projection/catch-up.ts";
import type { AppliedEvent } from "../projection/projection.ts";
import { ADA, BOB, edited, posted, removed } from "../testing/events.ts";
import { AB, createWorld } from "../testing/world.ts";
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
  /** Of the messages that came, the events that brought them. */
  get versions(): number[] {
    return this.responses.flatMap(({ payload }) => (payload.case === "message" ? [Number(payload.value.version)] : []));
  }
}

/** A value of the chain of some other log. */
const PAST = new Uint8Array(CHAIN_BYTES).fill(7);

/** The seq of the first message of the n-th post: after the people, the rooms and the message that begins the conversation. */
const nth = (post: number): number => seqOf(post + FIRST, 0);
/** Records that are there before a test posts anything. */
const FIRST = 3;
/** Everything up to and including the n-th post. */
const upTo = (post: number): number => lastSeqOf(post + FIRST);

function setUp(options: { ready?: boolean; head?: number; streamsPerAccount?: number } = {}) {
  let publish: (applied: AppliedEvent) => void = () => undefined;
  const { projection, record } = createWorld((applied) => publish(applied));
  record(posted(ADA, AB, 1));
  const cursors = createCursorCodec("e1");
  const hub = createHub({ roster: projection.roster, cursors });
  publish = (applied) => hub.publish(applied);
  const sessionEnded: ((sessionId: string) => void)[] = [];
  let ids = 1_000;
  let now = 0;
  const relay = createRelay({
    doWork: (_account, piece) => Promise.resolve(piece()),
    cursors,
    log: { head: () => Promise.resolve(options.head ?? projection.sequence) },
    projection,
    catchUp: createCatchUp(projection),
    hub,
    authenticator: {
      authenticate: (authorization) => {
        if (!authorization) throw new ChatError("unauthenticated", "Sign in.");
        return { person: Number(authorization), sessionId: `session-${authorization}`, expiresAt: Infinity };
      },
      onSessionEnded(listener) {
        sessionEnded.push(listener);
        return () => undefined;
      },
    },
    bounds: { streamsPerAccount: options.streamsPerAccount ?? 1_000, streamsPerAddress: 1_000, streams: 2_000 },
    assertServing() {
      if (options.ready === false) throw new ChatError("unavailable", "The server is not ready.");
    },
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
    /** One record of messages from Ada to Bob. */
    post(count = 1, text?: string) {
      record(...Array.from({ length: count }, () => posted(ADA, AB, ++ids, text)));
      hub.flush();
    },
    /** The account of a person is removed. */
    remove(person: number) {
      record(removed(person, ++ids));
      hub.flush();
    },
    /** Ada edits a message. */
    edit(seq: number) {
      record(edited(ADA, AB, ++ids, seq));
      hub.flush();
    },
    /** The cursor of a position in this log. */
    at: (seq: number) => cursors.encode(seq, projection.chainAt(recordOf(seq)) ?? CHAIN_START),
    async open(person: number | undefined, request: { cursor?: string } = {}, stream = new TestStream()) {
      const context = {
        header: () => (person === undefined ? undefined : String(person)),
        requestId: "r",
        codec: "binary" as const,
        address: "127.0.0.1",
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

  it("says ready with the head, then caught up, then goes live", async () => {
    const { open, post, at } = setUp();
    post();
    const { stream, done } = await open(BOB);
    await done;
    expect(stream.responses[0]).toMatchObject({
      cursor: at(upTo(1)),
      payload: { case: "ready", value: { heartbeatMs: HEARTBEAT_MS } },
    });
    expect(stream.kinds).toEqual(["ready", "heartbeat"]);
    post();
    expect(stream.versions).toEqual([nth(2)]);
  });

  it("replays after the cursor, then goes live, without gap or repeat, while events keep coming", async () => {
    const { open, post, at } = setUp();
    const streams: { stream: TestStream; after: number }[] = [];
    const opening: Promise<void>[] = [];
    for (let turn = 1; turn <= 60; turn++) {
      post(turn % 7 === 0 ? 300 : 1 + (turn % 3));
      const after = nth(0) + Math.floor((turn * 7919) % (turn * 4096));
      const { stream, done } = await open(turn % 2 ? BOB : ADA, { cursor: at(after) });
      streams.push({ stream, after });
      opening.push(done);
      if (turn % 5 === 0) await setImmediate();
    }
    await Promise.all(opening);
    post();
    const { stream: whole, done } = await open(BOB, { cursor: at(nth(0)) });
    await done;
    const all = whole.versions;
    expect(new Set(all).size).toBe(all.length);
    for (const { stream, after } of streams) expect(stream.versions).toEqual(all.filter((seq) => seq > after));
  });

  it("gives with each frame the cursor that goes on after it, the same ones live and replayed", async () => {
    const { open, post, at } = setUp();
    const { stream: live, done } = await open(BOB);
    await done;
    post(2);
    post(3);
    const seqs = [nth(1), nth(1) + 1, nth(2), nth(2) + 1, nth(2) + 2];
    const cursors = live.responses.slice(2).map(({ cursor }) => cursor);
    expect(cursors).toEqual(seqs.map(at));
    const { stream: replayed, done: caughtUp } = await open(BOB, { cursor: at(nth(0)) });
    await caughtUp;
    expect(replayed.responses.map(({ cursor }) => cursor)).toEqual([at(nth(0)), ...cursors, at(upTo(2))]);
    for (const [index, cursor] of cursors.entries()) {
      const { stream, done: opened } = await open(BOB, { cursor });
      await opened;
      expect(stream.versions).toEqual(seqs.slice(index + 1));
    }
  });

  it("asks a client to come again whose cursor is in the log and beyond what this server has applied", async () => {
    const { open, at, projection } = setUp({ head: 9 });
    expect(projection.sequence).toBe(FIRST);
    const { done } = await open(BOB, { cursor: at(lastSeqOf(9)) });
    const refused = expect(done).rejects.toMatchObject({ code: "unavailable" });
    await vi.advanceTimersByTimeAsync(11_000);
    await refused;
  });

  it("ends all streams and takes new ones as soon as it may serve again", async () => {
    const options = { ready: true };
    const { open, relay } = setUp(options);
    const { stream } = await open(BOB);
    await setImmediate();
    options.ready = false;
    relay.endAll("The log went back.");
    expect(stream.error).toMatchObject({ code: "unavailable" });
    await expect((await open(BOB)).done).rejects.toMatchObject({ code: "unavailable" });
    options.ready = true;
    await (
      await open(BOB)
    ).done;
    expect(relay.streams).toBe(1);
  });

  it("brings one row, as it now stands, for any number of changes that a reader missed", async () => {
    const { open, post, edit, at } = setUp();
    post();
    for (let count = 0; count < 20; count++) edit(nth(1));
    post();
    const { stream, done } = await open(BOB, { cursor: at(nth(0)) });
    await done;
    expect(stream.versions).toEqual([nth(21), nth(22)]);
    expect(stream.responses[1]).toMatchObject({ cause: 0, users: [{ handle: "ada" }] });
    expect(stream.responses[2]?.users).toEqual([]);
  });

  it("writes once per stream and turn", async () => {
    const { open, post } = setUp();
    const { stream, done } = await open(BOB);
    await done;
    const before = stream.writes.length;
    post(50);
    expect(stream.writes.length - before).toBe(1);
    expect(stream.versions).toHaveLength(50);
  });

  it.each([
    ["another log", createCursorCodec("e0").encode(0, CHAIN_START), /another log/],
    ["a position beyond the end of the log", createCursorCodec("e1").encode(lastSeqOf(99), PAST), /beyond the end/],
    ["another past, though the log has that position", createCursorCodec("e1").encode(4096, PAST), /went back/],
  ])("resets for a cursor of %s and goes on from now", async (_, cursor, reason) => {
    const { open, post, at } = setUp();
    post();
    const { stream, done } = await open(BOB, { cursor });
    await vi.advanceTimersByTimeAsync(11_000);
    await done;
    expect(stream.kinds).toEqual(["ready", "reset", "heartbeat"]);
    expect(stream.responses[1]?.payload.value).toMatchObject({ reason: expect.stringMatching(reason) as string });
    expect(stream.responses.map((frame) => frame.cursor)).toEqual([cursor, at(upTo(1)), at(upTo(1))]);
    post();
    expect(stream.versions).toEqual([nth(2)]);
  });

  it("does not take one answer for the end of the log: waits for a cursor that another server gave", async () => {
    const { open, post } = setUp();
    post();
    const other = setUp();
    other.post();
    other.post();
    const { stream, done } = await open(BOB, { cursor: other.at(upTo(2)) });
    await vi.advanceTimersByTimeAsync(3_000);
    expect(stream.kinds).toEqual([]);
    post();
    await vi.advanceTimersByTimeAsync(500);
    await done;
    expect(stream.kinds).toEqual(["ready", "heartbeat"]);
    post();
    expect(stream.versions).toEqual([nth(3)]);
  });

  it("refuses what is no cursor and names it, a caller without a session, and everybody before it is ready", async () => {
    const { open } = setUp();
    for (const cursor of ["1", "x".repeat(32), `${createCursorCodec("e1").encode(1, CHAIN_START)}A`])
      await expect((await open(BOB, { cursor })).done).rejects.toMatchObject({
        code: "invalid_argument",
        details: { fields: [{ field: "cursor" }] },
      });
    await expect((await open(undefined)).done).rejects.toMatchObject({ code: "unauthenticated" });
    await expect((await setUp({ ready: false }).open(BOB)).done).rejects.toMatchObject({ code: "unavailable" });
  });

  it("waits for a slow reader in catch-up and holds no more than a page for it", async () => {
    const { open, post, at } = setUp();
    for (let i = 0; i < 10; i++) post(256);
    const stream = new TestStream();
    stream.stalled = true;
    const { done } = await open(BOB, { cursor: at(nth(0)) }, stream);
    for (let turn = 0; turn < 20; turn++) await setImmediate();
    expect(stream.versions).toHaveLength(256);
    stream.release();
    await done;
    expect(stream.versions).toHaveLength(2_560);
  });

  it("ends a stream whose reader stops in the middle of catching up, and tells it nothing false before", async () => {
    const { open, post, at, advance, relay } = setUp();
    for (let i = 0; i < 10; i++) post(256);
    const stream = new TestStream();
    stream.stalled = true;
    const { done } = await open(BOB, { cursor: at(nth(0)) }, stream);
    for (let turn = 0; turn < 20; turn++) await setImmediate();
    advance(STREAM_STALL_MS + 2 * HEARTBEAT_MS);
    expect(stream.error).toMatchObject({ code: "resource_exhausted" });
    expect(stream.kinds).not.toContain("heartbeat");
    await done;
    expect(relay.streams).toBe(0);
  });

  it("asks somebody to come again whose account is not applied here yet, and never streams nothing", async () => {
    const { open, projection } = setUp();
    const { stream, done } = await open(seqOf(projection.sequence + 1, 0));
    const refused = expect(done).rejects.toMatchObject({ code: "unavailable" });
    await vi.advanceTimersByTimeAsync(11_000);
    await refused;
    expect(stream.writes).toHaveLength(0);
  });

  it("ends a stream whose reader lets too much wait, and leaves the others alone", async () => {
    const { open, post, relay } = setUp();
    const slow = (await open(BOB)).stream;
    const quick = (await open(BOB)).stream;
    await setImmediate();
    slow.stalled = true;
    slow.queuedBytes = STREAM_QUEUE_MAX_BYTES;
    post();
    expect(slow.error).toMatchObject({ code: "resource_exhausted" });
    expect(relay.streams).toBe(1);
    post();
    expect(quick.versions).toHaveLength(2);
  });

  it("bounds a page of catch-up by bytes, and never calls a reader slow that waits for its pages", async () => {
    const { open, post, at } = setUp();
    post(1_024, "x".repeat(40_000)); // 41 MB
    const stream = new TestStream();
    stream.onWrite = () => {
      if (stream.queuedBytes > 0) return;
      stream.stall();
      globalThis.setImmediate(() => stream.release());
    };
    const { done } = await open(BOB, { cursor: at(nth(0)) }, stream);
    await done;
    expect(stream.error).toBeUndefined();
    expect(stream.versions).toHaveLength(1_024);
    expect(Math.max(...stream.writes.map(({ length }) => length))).toBeLessThan(300 * 1024);
  });

  it("counts what comes meanwhile beyond the page that a reader is still taking", async () => {
    const { open, post, at } = setUp();
    post(6, "x".repeat(40_000));
    const stream = new TestStream();
    const { done } = await open(BOB, { cursor: at(nth(0)) }, stream);
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
    const { open, post, at } = setUp({ streamsPerAccount: 2 });
    post();
    const waiting = await open(BOB, { cursor: at(lastSeqOf(99)) });
    waiting.done.catch(() => undefined);
    const held = (await open(BOB)).stream;
    await setImmediate();
    await expect((await open(BOB)).done).rejects.toMatchObject({ code: "resource_exhausted" });
    await (
      await open(ADA)
    ).done;
    held.holds = true;
    held.end();
    await expect((await open(BOB)).done).rejects.toMatchObject({ code: "resource_exhausted" });
    held.close();
    await (
      await open(BOB)
    ).done;
  });

  it("keeps a stream whose reader takes what is written a moment later, as over HTTP/2", async () => {
    const { open, advance } = setUp();
    const { stream, done } = await open(BOB);
    await done;
    stream.lagging = true;
    advance(4 * STREAM_STALL_MS);
    expect(stream.ended).toBe(false);
  });

  it("sends heartbeats with the position, and ends a stream that takes nothing for too long", async () => {
    const { open, advance } = setUp();
    const { stream, done } = await open(BOB);
    await done;
    advance(3 * HEARTBEAT_MS);
    expect(stream.kinds).toEqual(["ready", "heartbeat", "heartbeat", "heartbeat", "heartbeat"]);
    stream.stalled = true;
    advance(STREAM_STALL_MS + 2 * HEARTBEAT_MS);
    expect(stream.error).toMatchObject({ code: "resource_exhausted" });
  });

  it("ends old streams so that they are resumed elsewhere", async () => {
    const { open, advance } = setUp();
    const { stream, done } = await open(BOB);
    await done;
    advance(STREAM_MAX_AGE_MS + HEARTBEAT_MS);
    expect(stream.error).toMatchObject({ code: "unavailable" });
  });

  it("ends a session's streams when the session ends, and no others", async () => {
    const { open, endSession, relay, hub } = setUp();
    const [ada, bob] = [(await open(ADA)).stream, (await open(BOB)).stream];
    await setImmediate();
    endSession(`session-${BOB}`);
    expect(bob.error).toMatchObject({ code: "unauthenticated" });
    expect(ada.ended).toBe(false);
    expect([relay.streams, hub.people]).toEqual([1, 1]);
  });

  it("ends the streams of somebody who is removed, also one that is catching up, though their session goes on", async () => {
    const { open, remove, post, at, relay } = setUp();
    for (let turn = 0; turn < 10; turn++) post(100);
    const { stream: live, done } = await open(BOB);
    await done;
    const { stream: behind, done: caughtUp } = await open(BOB, { cursor: at(nth(0)) });
    behind.stall();
    await setImmediate();
    expect([live.ended, behind.ended, behind.kinds.includes("heartbeat")]).toEqual([false, false, false]);
    remove(BOB);
    behind.release();
    await caughtUp;
    for (const { error } of [live, behind]) expect(error).toMatchObject({ details: { reason: "ACCOUNT_REMOVED" } });
    expect([behind.kinds.includes("heartbeat"), relay.streams]).toEqual([false, 0]);
  });

  it("ends all streams with UNAVAILABLE when it closes, and takes no more", async () => {
    const { open, relay } = setUp();
    const { stream, done } = await open(BOB);
    await done;
    relay.close();
    expect(stream.error).toMatchObject({ code: "unavailable" });
    expect(relay.streams).toBe(0);
    await expect((await open(BOB)).done).rejects.toMatchObject({ code: "unavailable" });
    expect(vi.getTimerCount()).toBe(0);
  });
});
