import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGroupCommit } from "./group-commit.ts";
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

    it("ends a read without an error when its signal aborts, before and while it waits", async () => {
      const aborted: LogRecord[] = [];
      for await (const record of log.read({ after: 0, signal: AbortSignal.abort() })) aborted.push(record);
      expect(aborted).toEqual([]);
      const reader = read(log, await log.head());
      await reader.end();
      expect(await reader.over).toBeUndefined();
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

    it("reports a hole that was not an erasure", async () => {
      const sequence = await append("to be lost");
      await append("after the loss");
      await harness.damage(sequence);
      const reader = read(log, sequence - 1);
      expect(await reader.next(2)).toMatchObject([{ sequence, data: undefined }, { sequence: sequence + 1 }]);
      await reader.end();
    });

    it("groups the events of 64 waiting callers at least fivefold, each caller's in order", async () => {
      const before = await log.head();
      const groupCommit = createGroupCommit({ log, origin: crypto.randomUUID() });
      await Promise.all(
        Array.from({ length: 64 }, async () => {
          let last = 0;
          for (let count = 0; count < 20; count++) {
            const { sequence, index } = await groupCommit.append(Buffer.from("event"));
            expect(sequence * 4096 + index).toBeGreaterThan(last);
            last = sequence * 4096 + index;
          }
        }),
      );
      const records = (await log.head()) - before;
      expect(records).toBeLessThanOrEqual((64 * 20) / 5);
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
  });
}

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
