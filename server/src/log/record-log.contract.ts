import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGroupCommit, RECORD_MAX_BYTES } from "./group-commit.ts";
import { decodeRecord } from "./record-codec.ts";
import type { LogRecord, RecordLog } from "./record-log.ts";

/** One log, its store, and what a suite does to it. */
export interface RecordLogHarness extends AsyncDisposable {
  /** Opens the log again: another connection where the engine allows several, else after closing the one before. */
  open(): Promise<RecordLog>;
  /** Whether two may be open at a time. */
  readonly shared: boolean;
  /** Removes a record behind the log's back. */
  damage(sequence: number): Promise<void>;
}

/** What every adapter of {@link RecordLog} promises. */
export function describeRecordLog(name: string, createHarness: () => Promise<RecordLogHarness>): void {
  describe(`record log on ${name}`, () => {
    let harness: RecordLogHarness;
    let log: RecordLog;
    beforeAll(async () => {
      harness = await createHarness();
      log = await harness.open();
    });
    afterAll(async () => {
      await log.close();
      await harness[Symbol.asyncDispose]();
    });
    const append = (text: string, to: RecordLog = log): Promise<number> =>
      to.append(Buffer.from(text), { id: crypto.randomUUID() });

    it("begins empty, then numbers records from 1 in steps of one", async () => {
      expect([await log.head(), await log.first()]).toEqual([0, 1]);
      expect(await append("one")).toBe(1);
      expect(await append("two")).toBe(2);
      expect([await log.head(), await log.first()]).toEqual([2, 1]);
    });

    it("stores a record once however often it comes with the same id", async () => {
      const record = Buffer.from("three");
      const first = await log.append(record, { id: "the same" });
      expect(await log.append(record, { id: "the same" })).toBe(first);
      expect(await log.head()).toBe(first);
    });

    it("reads from any position in order, then live", async () => {
      for (const after of [0, 1, 2]) {
        const reader = read(log, after);
        const stored = await reader.next(3 - after);
        expect(stored.map(({ sequence }) => sequence)).toEqual([1, 2, 3].slice(after));
        expect(Buffer.from(stored[0]?.data ?? []).toString()).toBe(["one", "two", "three"][after]);
        await reader.end();
      }
      const reader = read(log, await log.head());
      const [live, sequence] = await Promise.all([reader.next(1), append("live")]);
      expect(live[0]).toMatchObject({ sequence });
      expect(Buffer.from(live[0]?.data ?? []).toString()).toBe("live");
      await reader.end();
    });

    it("ends a read without an error when its signal aborts: before it, between two records, while it waits", async () => {
      const aborted: LogRecord[] = [];
      for await (const record of log.read({ after: 0, signal: AbortSignal.abort() })) aborted.push(record);
      expect(aborted).toEqual([]);

      const stop = new AbortController();
      for await (const record of log.read({ after: 0, signal: stop.signal })) {
        aborted.push(record);
        stop.abort();
      }
      expect(aborted).toMatchObject([{ sequence: 1 }]);

      const head = await log.head();
      const reader = read(log, head - 1);
      await reader.next(1);
      await reader.end();
      expect(await reader.over).toBeUndefined();
    });

    it("stores nothing for a signal that has aborted, and rejects with its reason", async () => {
      const head = await log.head();
      const signal = AbortSignal.abort(new Error("given up"));
      await expect(log.append(Buffer.from("never"), { id: crypto.randomUUID(), signal })).rejects.toThrow("given up");
      expect(await log.head()).toBe(head);
    });

    it("gives back any bytes, none and half a megabyte included", async () => {
      const after = await log.head();
      const every = Uint8Array.from({ length: 256 }, (_, byte) => byte);
      const sent = [new Uint8Array(), every, new Uint8Array(RECORD_MAX_BYTES + 1024).fill(0xfe)];
      for (const record of sent) await log.append(record, { id: crypto.randomUUID() });
      const reader = read(log, after);
      const got = await reader.next(sent.length);
      await reader.end();
      expect(got.map(({ data }) => data && Buffer.compare(data, sent.shift() ?? every))).toEqual([0, 0, 0]);
    });

    it("gives the replacement of an erased record in its place, to readers from then on", async () => {
      const sequence = await append("to be erased");
      await append("after it");
      await log.replace(sequence, Buffer.from("erased"));
      await log.replace(sequence, Buffer.from("erased again"));
      const reader = read(log, sequence - 1);
      const records = await reader.next(2);
      expect(records.map(({ data }) => Buffer.from(data ?? []).toString())).toEqual(["erased again", "after it"]);
      await reader.end();
    });

    it("gives one record or its replacement, and nothing beyond the end", async () => {
      const sequence = await append("single");
      const text = async (at: number) => Buffer.from((await log.get(at)) ?? []).toString();
      expect([await text(1), await text(sequence)]).toEqual(["one", "single"]);
      expect(await log.get(sequence + 1)).toBeUndefined();
      await log.replace(sequence, Buffer.from("erased single"));
      expect(await text(sequence)).toBe("erased single");
      await expect(log.get(sequence, { signal: AbortSignal.abort(new Error("given up")) })).rejects.toThrow("given up");
    });

    it("gives the replacement of the very last record though nothing follows it, then goes on live", async () => {
      const before = await append("before the last");
      const last = await append("the last");
      await log.replace(last, Buffer.from("the last, erased"));
      for (const after of [before - 1, before]) {
        const reader = read(log, after);
        const found = (await reader.next(last - after)).at(-1);
        expect([found?.sequence, Buffer.from(found?.data ?? []).toString()]).toEqual([last, "the last, erased"]);
        if (after === before) {
          const [live, sequence] = await Promise.all([reader.next(1), append("live again")]);
          expect(live[0]).toMatchObject({ sequence });
        }
        await reader.end();
      }
    });

    it("counts an erased record as stored: the log still begins with it, and is not trimmed", async () => {
      await log.replace(1, Buffer.from("erased"));
      expect(await log.first()).toBe(1);
      const reader = read(log, 0);
      expect(Buffer.from((await reader.next(1))[0]?.data ?? []).toString()).toBe("erased");
      await reader.end();
    });

    it("refuses to erase a record that was never stored", async () => {
      const head = await log.head();
      await expect(log.replace(head + 1, Buffer.from("erased"))).rejects.toMatchObject({ code: "not_found" });
      const sequence = await append("not erased");
      const reader = read(log, head);
      expect(await reader.next(1)).toMatchObject([
        { sequence, data: expect.toSatisfy(isText("not erased")) as unknown },
      ]);
      await reader.end();
    });

    it("groups the events of 64 waiting callers at least fivefold, each caller's in order", async () => {
      const before = await log.head();
      let left = 2_000;
      const groupCommit = createGroupCommit({ log, origin: crypto.randomUUID() });
      await Promise.all(
        Array.from({ length: 64 }, async () => {
          let last = 0;
          while (left-- > 0) {
            const { sequence, index } = await groupCommit.append(Buffer.from("event"));
            expect(sequence * 4096 + index).toBeGreaterThan(last);
            last = sequence * 4096 + index;
          }
        }),
      );
      const records = (await log.head()) - before;
      expect(records).toBeLessThanOrEqual(2_000 / 5);
      const reader = read(log, before);
      const events = (await reader.next(records)).flatMap(({ data }) => (data ? decodeRecord(data).events : []));
      await reader.end();
      expect(events).toHaveLength(2_000);
    });

    it("is the same log, with the same epoch, when it is opened again", async () => {
      const { epoch } = log;
      const head = await log.head();
      if (!harness.shared) await log.close();
      const again = await harness.open();
      expect([again.epoch, await again.head()]).toEqual([epoch, head]);
      if (harness.shared) {
        const [mine, theirs] = await Promise.all([
          Promise.all(Array.from({ length: 50 }, () => append("mine"))),
          Promise.all(Array.from({ length: 50 }, () => append("theirs", again))),
        ]);
        expect(new Set([...mine, ...theirs]).size).toBe(100);
        const reader = read(again, head);
        expect((await reader.next(100)).map(({ sequence }) => sequence)).toEqual(
          Array.from({ length: 100 }, (_, index) => head + 1 + index),
        );
        await reader.end();
        await again.close();
      } else {
        log = again;
      }
    });

    it("tells a repeat also after it was opened again", async () => {
      const sequence = await log.append(Buffer.from("once"), { id: "over two openings" });
      if (!harness.shared) await log.close();
      log = await harness.open();
      expect(await log.append(Buffer.from("once"), { id: "over two openings" })).toBe(sequence);
      expect(await log.head()).toBe(sequence);
    });

    it("ends its reads without an error when it closes, twice as well", async () => {
      const closing = await harness.open();
      if (!harness.shared) log = closing;
      const waiting = read(closing, (await closing.head()) - 1);
      await waiting.next(1);
      await closing.close();
      await closing.close();
      expect(await waiting.over).toBeUndefined();
      const late: LogRecord[] = [];
      for await (const record of closing.read({ after: 0, signal: new AbortController().signal })) late.push(record);
      expect(late).toEqual([]);
    });

    // The last ones: an engine may refuse to open a log again that has holes.
    it("reports a hole that was not an erasure", async () => {
      log = await harness.open();
      const sequence = await append("to be lost");
      await append("after the loss");
      await harness.damage(sequence);
      expect(await log.get(sequence)).toBeUndefined();
      const reader = read(log, sequence - 1);
      expect(await reader.next(2)).toMatchObject([{ sequence, data: undefined }, { sequence: sequence + 1 }]);
      await reader.end();
    });

    it("reports every hole of a row, at the end of the log as soon as a record follows", async () => {
      const after = await log.head();
      for (let number = 0; number < 140; number++) await append(`record ${number}`);
      const lost = [1, 2, 3, 64, 65, 128, 139, 140];
      for (const index of lost) await harness.damage(after + index);
      await append("the one that follows");
      const reader = read(log, after);
      const records = await reader.next(141);
      await reader.end();
      expect(records.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 141 }, (_, i) => after + 1 + i));
      expect(records.filter(({ data }) => !data).map(({ sequence }) => sequence - after)).toEqual(lost);
    });
  });
}

const isText = (text: string) => (data: Uint8Array) => Buffer.from(data).toString() === text;

/** Takes records one by one. */
export function read(
  log: RecordLog,
  after: number,
): { next(count: number): Promise<LogRecord[]>; end(): Promise<void>; readonly over: Promise<void> } {
  const stop = new AbortController();
  const records: LogRecord[] = [];
  let wake = (): void => {};
  const over = (async () => {
    for await (const record of log.read({ after, signal: stop.signal })) {
      records.push(record);
      wake();
    }
  })();
  over.catch(() => wake()); // told by next
  return {
    over,
    async next(count) {
      while (records.length < count) await Promise.race([over, new Promise<void>((resolve) => (wake = resolve))]);
      return records.splice(0, count);
    },
    async end() {
      stop.abort();
      await over;
    },
  };
}
