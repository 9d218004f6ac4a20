import { setImmediate } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { ChatError } from "../errors.ts";
import { createGroupCommit, QUEUE_MAX_EVENTS, RECORD_MAX_BYTES } from "./group-commit.ts";
import { type Anchor, decodeRecord } from "./record-codec.ts";

/** A record log whose answers the test gives. */
function manualLog() {
  const appends: {
    events: number[];
    anchor: Anchor | undefined;
    id: string;
    answer: (sequence: number) => void;
    fail: (error: Error) => void;
  }[] = [];
  return {
    appends,
    log: {
      append(record: Uint8Array, { id }: { id: string }) {
        const { promise, resolve, reject } = Promise.withResolvers<number>();
        const { events, anchor } = decodeRecord(record);
        appends.push({
          anchor,
          events: events.map((event) => event[0] ?? -1),
          id,
          answer: resolve,
          fail: reject,
        });
        return promise;
      },
    },
  };
}

const bytes = (number: number): Uint8Array => new Uint8Array([number]);

describe("group commit", () => {
  it("sends a lone event at the end of its turn, waiting for no company", async () => {
    const { appends, log } = manualLog();
    const commit = createGroupCommit({ log, origin: "o" });
    const appended = commit.append(bytes(1));
    await setImmediate();
    expect(appends.map((append) => append.events)).toEqual([[1]]);
    appends[0]?.answer(7);
    expect(await appended).toEqual({ batch: 1, sequence: 7, index: 0 });
  });

  it("writes a record in the lowest version that can express each of its events", async () => {
    const append = vi.fn((_: Uint8Array) => Promise.resolve(append.mock.calls.length));
    const commit = createGroupCommit({ log: { append }, origin: "o" });
    for (const versions of [[1], [1, 3, 2], [2, 1], [undefined]])
      await Promise.all(versions.map((version) => commit.append(bytes(1), version)));
    expect(append.mock.calls.map(([record]) => record[0])).toEqual([1, 3, 2, 1]);
  });

  it("gathers what comes while a record is under way into one record, in the order of the calls, never two at once", async () => {
    const { appends, log } = manualLog();
    const commit = createGroupCommit({ log, origin: "o" });
    const first = commit.append(bytes(1));
    await setImmediate();
    const later = [2, 3, 4].map((number) => commit.append(bytes(number)));
    await setImmediate();
    expect(appends).toHaveLength(1);
    appends[0]?.answer(1);
    await first;
    await setImmediate();
    await setImmediate();
    expect(appends.map((append) => append.events)).toEqual([[1], [2, 3, 4]]);
    appends[1]?.answer(2);
    expect(await Promise.all(later)).toEqual([0, 1, 2].map((index) => ({ batch: 2, sequence: 2, index })));
    expect(new Set(appends.map((append) => append.id)).size).toBe(2);
  });

  it("fails the events of a record that failed, and goes on with the next", async () => {
    const { appends, log } = manualLog();
    const commit = createGroupCommit({ log, origin: "o" });
    const lost = commit.append(bytes(1));
    await setImmediate();
    const next = commit.append(bytes(2));
    appends[0]?.fail(new ChatError("unavailable", "no answer"));
    await expect(lost).rejects.toMatchObject({ code: "unavailable" });
    await setImmediate();
    await setImmediate();
    appends[1]?.answer(9);
    expect(await next).toMatchObject({ batch: 2, sequence: 9 });
  });

  it("bounds the queue and a record's size", async () => {
    const { appends, log } = manualLog();
    const commit = createGroupCommit({ log, origin: "o" });
    void commit.append(bytes(0));
    await setImmediate();
    const big = new Uint8Array(RECORD_MAX_BYTES / 2 + 1);
    for (let i = 0; i < 3; i++) void commit.append(big);
    for (let i = 3; i < QUEUE_MAX_EVENTS; i++) void commit.append(bytes(1));
    await expect(commit.append(bytes(2))).rejects.toMatchObject({ code: "resource_exhausted" });
    appends[0]?.answer(1);
    await setImmediate();
    await setImmediate();
    expect(appends[1]?.events).toHaveLength(1);
  });

  it("flushes before it closes and takes nothing after", async () => {
    const { appends, log } = manualLog();
    const commit = createGroupCommit({ log, origin: "o" });
    const appended = commit.append(bytes(1));
    let closed = false;
    const closing = commit.close().then(() => (closed = true));
    await setImmediate();
    expect(closed).toBe(false);
    await expect(commit.append(bytes(2))).rejects.toMatchObject({ code: "unavailable" });
    appends[0]?.answer(1);
    await Promise.all([appended, closing]);
    expect(commit.pending).toBe(0);
  });

  it("writes into each record what was applied when it was made", async () => {
    const { appends, log } = manualLog();
    let sequence = 0;
    const commit = createGroupCommit({ log, origin: "o", anchor: () => ({ sequence, chain: bytes(sequence) }) });
    void commit.append(bytes(1));
    await setImmediate();
    expect(appends[0]?.anchor).toBeUndefined(); // nothing was
    sequence = 5;
    appends[0]?.answer(6);
    const second = commit.append(bytes(2));
    await vi.waitFor(() => expect(appends).toHaveLength(2));
    expect(appends[1]?.anchor).toEqual({ sequence: 5, chain: bytes(5) });
    appends[1]?.answer(7);
    expect(await second).toMatchObject({ sequence: 7 });
  });

  it("appends nothing while its anchor refuses, and tells the callers why", async () => {
    const { appends, log } = manualLog();
    const refusal = new ChatError("unavailable", "the log went back");
    const anchor = vi.fn<() => never>(() => {
      throw refusal;
    });
    const commit = createGroupCommit({ log, origin: "o", anchor });
    await expect(commit.append(bytes(1))).rejects.toBe(refusal);
    expect(appends).toEqual([]);
  });

  it("says that nothing was stored where the log puts a record at or before its anchor, and raises doubt", async () => {
    const { appends, log } = manualLog();
    const onStoredBeforeAnchor = vi.fn<() => void>();
    const anchor = () => ({ sequence: 10, chain: bytes(1) });
    const commit = createGroupCommit({ log, origin: "o", anchor, onStoredBeforeAnchor });
    const appended = commit.append(bytes(1));
    await setImmediate();
    appends[0]?.answer(6);
    await expect(appended).rejects.toMatchObject({ code: "unavailable" });
    expect(onStoredBeforeAnchor).toHaveBeenCalledOnce();
  });
});
