import { setImmediate } from "node:timers/promises";
import { toBinary } from "@bufbuild/protobuf";
import { type Event, EventSchema } from "@chat/proto/chat/log/v1/event";
import { pino } from "pino";
import { describe, expect, it, vi } from "vitest";
import { ChatError } from "../errors.ts";
import { digestOf } from "../log/chain.ts";
import { decodeRecord, encodeRecord, encodeReplacement } from "../log/record-codec.ts";
import { FIRST_FORMAT } from "../log/record-format.ts";
import { added } from "../testing/events.ts";
import { createMemoryRecordLog } from "../testing/memory-record-log.ts";
import { createProjection } from "./projection.ts";
import { startTail } from "./tail.ts";

async function setUp(records: number) {
  const log = createMemoryRecordLog();
  const append = (...events: Event[]): Promise<number> =>
    log.append(encodeRecord({ origin: "o", batch: 1, events: events.map((event) => toBinary(EventSchema, event)) }), {
      id: "x",
    });
  for (let index = 1; index <= records; index++) await append(added(`p${index}`, index));
  const projection = createProjection({ path: ":memory:", epoch: log.epoch });
  const published: number[] = [];
  const settled: number[] = [];
  let flushes = 0;
  const broken = vi.fn<(error: ChatError) => void>();
  const goingOn = vi.fn<() => void>();
  const start = () =>
    startTail({
      log,
      projection,
      logger: pino({ enabled: false }),
      now: () => 0,
      onStopped: broken,
      onGoingOn: goingOn,
      sinks: {
        publish: ({ seq }) => void published.push(seq / 4096),
        flush: () => void flushes++,
        settled: ({ record }) => void settled.push(record.sequence),
      },
    });
  return { log, append, projection, published, settled, broken, goingOn, start, flushes: () => flushes };
}

/** What SQLite throws on a full disk. */
function full(): never {
  throw Object.assign(new Error("database or disk is full"), { errcode: 13 });
}

describe("the tail", () => {
  it("applies what the log holds in few transactions, says caught up, then follows", async () => {
    const { append, start, settled, published, flushes } = await setUp(200);
    const tail = start();
    await tail.caughtUp;
    expect(settled).toHaveLength(200);
    expect(flushes()).toBeLessThan(5);
    await append(added(`p${201}`, 201));
    await vi.waitFor(() => expect(published).toHaveLength(201));
    await tail.close();
  });

  it("writes what came one after another to the projection's file together", async () => {
    const { append, start, settled, projection } = await setUp(0);
    const commit = vi.spyOn(projection, "commit");
    const tail = start();
    await tail.caughtUp;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    for (let index = 1; index <= 50; index++) {
      await append(added(`p${index}`, index));
      while (settled.length < index) await setImmediate();
    }
    expect([commit.mock.calls.length, projection.uncommitted]).toEqual([0, 50]);
    vi.runAllTimers();
    vi.useRealTimers();
    expect([commit.mock.calls.length, projection.uncommitted]).toEqual([1, 0]);
    await tail.close();
  });

  it("raises an alarm when the projection's file can't be written", async () => {
    const { start, broken, projection } = await setUp(5);
    const failure = new Error("disk full");
    vi.spyOn(projection, "commit").mockImplementation(() => {
      throw failure;
    });
    const tail = start();
    await vi.waitFor(() => expect(broken).toHaveBeenCalledOnce());
    expect(broken.mock.calls[0]?.[0]).toMatchObject({ code: "internal", cause: failure });
    await tail.close();
  });

  it("goes on while the disk of the projection is full, says so, and writes everything once there is room", async () => {
    const { append, start, broken, projection, published } = await setUp(0);
    const tail = start();
    await tail.caughtUp;
    const commit = vi.spyOn(projection, "commit").mockImplementation(full);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    for (let index = 1; index <= 20; index++) {
      await append(added(`p${index}`, index));
      while (published.length < index) await setImmediate();
      vi.advanceTimersByTime(1_000);
    }
    expect([tail.storageTrouble(), tail.isHeldUp()]).toEqual([expect.stringContaining("is full"), false]);
    commit.mockRestore();
    vi.advanceTimersByTime(1_000);
    vi.useRealTimers();
    expect([tail.storageTrouble(), projection.uncommitted, published.length]).toEqual([undefined, 0, 20]);
    expect(broken).not.toHaveBeenCalled();
    await tail.close();
  });

  it("holds a bounded number of events while the disk is full, takes no more, and applies the rest afterwards", async () => {
    const { append, start, projection, settled } = await setUp(0);
    const tail = start();
    await tail.caughtUp;
    const commit = vi.spyOn(projection, "commit").mockImplementation(full);
    const records = 4;
    for (let record = 0; record < records; record++)
      await append(
        ...Array.from({ length: 4_096 }, (_, index) => added(`p${record}-${index}`, record * 4_096 + index + 1)),
      );
    await vi.waitFor(() => expect(tail.isHeldUp()).toBe(true));
    await setImmediate();
    expect(settled.length).toBeLessThan(records);
    commit.mockRestore();
    await vi.waitFor(() => expect(settled).toHaveLength(records), { timeout: 10_000 });
    expect(tail.storageTrouble()).toBeUndefined();
    await tail.close();
  });

  it("is caught up at once on an empty log", async () => {
    const { start } = await setUp(0);
    const tail = start();
    await tail.caughtUp;
    await tail.close();
  });

  it("goes on where the projection is", async () => {
    const { start, append, published } = await setUp(3);
    const first = start();
    await first.caughtUp;
    await first.close();
    await append(added(`p${4}`, 4));
    const second = start();
    await second.caughtUp;
    await second.close();
    expect(published).toEqual([1, 2, 3, 4]);
  });

  it("opens the log again after a failure that may pass, without loss or repeat", async () => {
    const { log, start, settled } = await setUp(10);
    log.failReadAfter(4, new ChatError("unavailable", "gone for a moment"));
    const tail = start();
    await tail.caughtUp;
    await tail.close();
    expect(settled).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("raises an alarm at a hole and applies nothing after it", async () => {
    const { log, start, settled, broken } = await setUp(5);
    log.lose(3);
    const tail = start();
    await vi.waitFor(() => expect(broken).toHaveBeenCalledOnce());
    await tail.close();
    expect(broken.mock.calls[0]?.[0]).toMatchObject({
      code: "data_loss",
      message: expect.stringContaining("3") as string,
    });
    expect(settled.every((sequence) => sequence < 3)).toBe(true);
  });

  it("refuses records of a later format, naming it", async () => {
    const { log, start, broken } = await setUp(1);
    await log.append(new Uint8Array([2, 1, 1]), { id: "later" });
    const tail = start();
    await vi.waitFor(() => expect(broken).toHaveBeenCalledOnce());
    await tail.close();
    expect(broken.mock.calls[0]?.[0]).toMatchObject({
      code: "failed_precondition",
      message: expect.stringContaining("version 2") as string,
    });
  });

  it("takes no alarm from one answer about the end of the log that is too low", async () => {
    const { start, broken, log } = await setUp(2);
    const first = start();
    await first.caughtUp;
    await first.close();
    vi.spyOn(log, "head").mockResolvedValueOnce(1);
    const tail = start();
    await tail.caughtUp;
    expect(broken).not.toHaveBeenCalled();
    await tail.close();
  });

  it("raises an alarm when the log has lost what was applied", async () => {
    const { start, projection, broken } = await setUp(2);
    const first = start();
    await first.caughtUp;
    await first.close();
    const tail = startTail({
      log: createMemoryRecordLog(),
      projection,
      logger: pino({ enabled: false }),
      now: () => 0,
      onStopped: broken,
      sinks: { publish: () => undefined, flush: () => undefined, settled: () => undefined },
    });
    // It asks more than once before it believes that.
    await vi.waitFor(() => expect(broken).toHaveBeenCalledOnce(), { timeout: 10_000 });
    expect(broken.mock.calls[0]?.[0]).toMatchObject({ code: "data_loss" });
    await tail.close();
  });

  it("stops before a log whose newest applied record is another one now, however long it is, and applies nothing of it", async () => {
    const { start, projection, broken, published } = await setUp(3);
    const first = start();
    await first.caughtUp;
    await first.close();
    const other = await setUp(0);
    for (let index = 1; index <= 6; index++) await other.append(added(`q${index}`, index));
    const tail = startTail({
      log: other.log,
      projection,
      logger: pino({ enabled: false }),
      now: () => 0,
      onStopped: broken,
      sinks: {
        publish: ({ seq }) => void published.push(seq / 4096),
        flush: () => undefined,
        settled: () => undefined,
      },
    });
    await vi.waitFor(() => expect(broken).toHaveBeenCalledOnce());
    await tail.close();
    expect(broken.mock.calls[0]?.[0]).toMatchObject({
      code: "data_loss",
      message: expect.stringMatching(/went back.*record 3 is not the one/) as string,
    });
    expect(published).toEqual([1, 2, 3]);
  });

  it("notices while it reads that the log was rewritten, without a new record", async () => {
    const { log, start, broken } = await setUp(3);
    const tail = start();
    await tail.caughtUp;
    await log.replace(3, encodeRecord({ origin: "other", batch: 1, events: [] }));
    tail.doubt();
    await vi.waitFor(() => expect(broken).toHaveBeenCalledOnce());
    await log.append(encodeRecord({ origin: "other", batch: 2, events: [] }), { id: "x" });
    await setImmediate();
    await tail.close();
    expect(broken.mock.calls[0]?.[0].message).toMatch(/record 3 is not the one/);
  });

  it("takes a record that was replaced on purpose for what it was", async () => {
    const { log, start, broken, append, published } = await setUp(3);
    const tail = start();
    await tail.caughtUp;
    const original = await log.get(3);
    await log.replace(3, encodeReplacement({ ...decodeRecord(original ?? new Uint8Array()), events: [] }));
    tail.doubt();
    await append(added(`p${4}`, 4));
    await vi.waitFor(() => expect(published).toEqual([1, 2, 3, 4]));
    await tail.close();
    expect(broken).not.toHaveBeenCalled();
  });

  it("lets nothing of a record happen that was written on another past, and goes on with the next", async () => {
    const { log, append, start, published, settled, broken, projection } = await setUp(2);
    const late = { origin: "late", batch: 1, events: [toBinary(EventSchema, added(`p${77}`, 77))] };
    await log.append(encodeRecord({ ...late, anchor: { sequence: 2, chain: new Uint8Array(16).fill(9) } }), {
      id: "a",
    });
    await log.append(encodeRecord({ ...late, batch: 2, anchor: { sequence: 40, chain: new Uint8Array(16) } }), {
      id: "b",
    });
    await append(added(`p${3}`, 3));
    const tail = start();
    await tail.caughtUp;
    await tail.close();
    expect([published, settled, broken.mock.calls]).toEqual([[1, 2, 5], [1, 2, 3, 4, 5], []]);
    expect(projection.state.person(3 * 4096)).toBeUndefined();
  });

  it("goes on by itself when the record that it could not read was replaced", { timeout: 20_000 }, async () => {
    const { log, start, append, broken, published, goingOn } = await setUp(1);
    const foreign = new Uint8Array([99, 1, 1]);
    await log.append(foreign, { id: "later" });
    await append(added(`p${2}`, 2));
    const tail = start();
    await vi.waitFor(() => expect(broken).toHaveBeenCalledOnce());
    const skipped = { atMs: 1, reason: "no record of ours" };
    const nothing = { origin: "", batch: 0, events: [], anchor: undefined, version: FIRST_FORMAT };
    await log.replace(2, encodeReplacement({ ...nothing, digest: digestOf(foreign), skipped }));
    await vi.waitFor(() => expect(goingOn).toHaveBeenCalledOnce(), { timeout: 10_000 });
    await tail.close();
    expect(published).toEqual([1, 3]);
    expect(broken).toHaveBeenCalledOnce();
  });
});
