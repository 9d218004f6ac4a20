import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KeyValue, KeyValueChange, KeyValueStore } from "./key-value.ts";

/** Stores on the same data: two where the engine allows several, else the same one twice. */
export interface KeyValueHarness extends AsyncDisposable {
  readonly stores: readonly [KeyValueStore, KeyValueStore];
}

/** What every adapter of {@link KeyValueStore} promises. */
export function describeKeyValue(name: string, createHarness: () => Promise<KeyValueHarness>): void {
  describe(`key-value store on ${name}`, () => {
    let harness: KeyValueHarness;
    let one: KeyValue;
    let two: KeyValue;
    beforeAll(async () => {
      harness = await createHarness();
      one = await harness.stores[0].bucket("facts");
      two = await harness.stores[1].bucket("facts");
    });
    afterAll(() => harness[Symbol.asyncDispose]());

    it.each([
      ["room-1", "room-10"],
      ["a.b", "a/b"],
      ["a", "A"],
      ["user@example.org", "user@example,org"],
      ["é", "e\u0301"],
      ["x".repeat(512), "x".repeat(511)],
      ["$KV.>", "*"],
      ["a.b", "A.b"],
      ["a/b", "a\\b"],
      [" a", "a"],
      ["a\u0000", "a\u0000\u0000"],
      ["👍", "👍🏽"],
      ["é".repeat(256), "é".repeat(255) + "e"],
      ["__proto__", "constructor"],
    ])("keeps %j and %j apart", async (key, other) => {
      await one.create(key, { of: key });
      expect(await two.get(other)).toBeUndefined();
      await one.create(other, { of: other });
      expect((await two.get(key))?.value).toEqual({ of: key });
      await one.delete(key);
      expect(await two.get(key)).toBeUndefined();
      expect((await two.get(other))?.value).toEqual({ of: other });
      await one.delete(other);
    });

    it("refuses keys that no entry can have", async () => {
      for (const key of ["", "x".repeat(513), "é".repeat(257)])
        await expect(one.get(key)).rejects.toMatchObject({ code: "invalid_argument" });
    });

    it("lets one of many creators win, on whatever connection", async () => {
      const results = await Promise.allSettled(
        Array.from({ length: 10 }, (_, number) => (number % 2 ? one : two).create("contested", number)),
      );
      expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const result of results)
        if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "already_exists" });
    });

    it("erases only what has not changed since, and takes the key again", async () => {
      const first = await one.create("erased", "one");
      const second = await one.update("erased", "two", first);
      await expect(two.erase("erased", first)).rejects.toMatchObject({ code: "aborted" });
      await two.erase("erased", second);
      await two.erase("erased", second);
      expect(await one.get("erased")).toBeUndefined();
      await one.create("erased", "three");
      await expect(two.erase("erased", second)).rejects.toMatchObject({ code: "aborted" });
      expect(await two.get("erased")).toMatchObject({ value: "three" });
    });

    it("changes and deletes only what has not changed since", async () => {
      const first = await one.create("versioned", 1);
      const second = await two.update("versioned", 2, first);
      expect(second).toBeGreaterThan(first);
      await expect(one.update("versioned", 3, first)).rejects.toMatchObject({ code: "aborted" });
      await expect(one.delete("versioned", first)).rejects.toMatchObject({ code: "aborted" });
      expect(await one.get("versioned")).toEqual({ key: "versioned", value: 2, revision: second });
      await one.delete("versioned", second);
      await one.delete("versioned");
      expect(await two.create("versioned", 4)).toBeGreaterThan(second);
    });

    it("gives back any value that survives JSON, and a copy of it", async () => {
      const values = [null, false, 0, "", [], {}, { deep: [1, { "a.b": "é👍" }] }];
      for (const [index, value] of values.entries()) {
        const key = `value-${index}`;
        await one.create(key, value);
        expect((await two.get(key))?.value).toEqual(value);
      }
      const mine = { list: [1] };
      await one.create("mine", mine);
      mine.list.push(2);
      expect((await two.get("mine"))?.value).toEqual({ list: [1] });
    });

    it("updates nothing that is not there", async () => {
      for (const revision of [0, 1]) {
        await expect(one.update("absent", 1, revision)).rejects.toMatchObject({ code: "aborted" });
        expect(await two.get("absent")).toBeUndefined();
      }
      const revision = await one.create("deleted", 1);
      await two.delete("deleted");
      await expect(one.update("deleted", 2, revision)).rejects.toMatchObject({ code: "aborted" });
      expect(await two.get("deleted")).toBeUndefined();
    });

    it("loses no increment of two writers that compare and set", async () => {
      await one.create("counter", 0);
      const increment = async (bucket: KeyValue): Promise<void> => {
        for (;;) {
          const entry = await bucket.get("counter");
          if (!entry) throw new Error("the counter is gone");
          try {
            await bucket.update("counter", Number(entry.value) + 1, entry.revision);
            return;
          } catch (error) {
            expect(error).toMatchObject({ code: "aborted" });
          }
        }
      };
      await Promise.all(
        [one, two, one, two].map(async (bucket) => {
          for (let count = 0; count < 10; count++) await increment(bucket);
        }),
      );
      expect((await two.get("counter"))?.value).toBe(40);
    });

    it("keeps buckets apart", async () => {
      const other = await harness.stores[0].bucket("other-facts");
      await one.create("only here", 1);
      expect(await other.get("only here")).toBeUndefined();
    });

    it("shows a watch that begins under writes everything that was there before it says current", async () => {
      const bucket = await harness.stores[0].bucket("churned");
      const writer = await harness.stores[1].bucket("churned");
      const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`);
      const revisions = new Map<string, number>();
      for (const key of keys) revisions.set(key, await writer.create(key, 0));
      let isOver = false;
      const writing = (async () => {
        for (let count = 1; !isOver; count++) {
          await nextTurn();
          await Promise.all(
            keys.map(async (key) => revisions.set(key, await writer.update(key, count, revisions.get(key) ?? 0))),
          );
        }
      })();
      try {
        for (let round = 0; round < 15; round++) {
          const seen = new Map<string, number>();
          const stop = new AbortController();
          for await (const change of bucket.watch({ signal: stop.signal })) {
            if (change.state === "current") stop.abort();
            if (change.state !== "set") continue;
            expect(change.revision).toBeGreaterThan(seen.get(change.key) ?? 0);
            seen.set(change.key, change.revision);
          }
          expect([...seen.keys()].sort()).toEqual([...keys].sort());
        }
      } finally {
        isOver = true;
        await writing;
      }
    });

    it("watches the bucket as it is, then every change, until the signal aborts", async () => {
      const bucket = await harness.stores[0].bucket("watched");
      const writer = await harness.stores[1].bucket("watched");
      await writer.create("before", 1);
      await writer.create("gone", 1);
      await writer.delete("gone");
      const stop = new AbortController();
      const seen: KeyValueChange[] = [];
      let wake = (): void => {};
      const over = (async () => {
        for await (const change of bucket.watch({ signal: stop.signal })) {
          seen.push(change);
          wake();
        }
      })();
      const until = async (count: number): Promise<void> => {
        while (seen.length < count) await new Promise<void>((resolve) => (wake = resolve));
      };
      await until(2);
      expect(seen).toMatchObject([{ state: "set", key: "before", value: 1 }, { state: "current" }]);
      const revision = await writer.create("after", { deep: [1, "two", null] });
      await writer.delete("before");
      await until(4);
      expect(seen.slice(2)).toEqual([
        { state: "set", key: "after", value: { deep: [1, "two", null] }, revision },
        { state: "deleted", key: "before" },
      ]);
      stop.abort();
      await over;
    });

    it("says at once that an empty bucket is current", async () => {
      const bucket = await harness.stores[0].bucket("empty");
      const stop = new AbortController();
      for await (const change of bucket.watch({ signal: stop.signal })) {
        expect(change).toEqual({ state: "current" });
        stop.abort();
      }
    });

    it("ends a watch without an error when its signal has aborted already", async () => {
      for await (const change of one.watch({ signal: AbortSignal.abort() })) expect(change).toBeUndefined();
    });

    it("ends its watches without an error when it closes, and takes nothing more", async () => {
      const seen = Promise.withResolvers<void>();
      const watching = (async () => {
        for await (const change of one.watch({ signal: new AbortController().signal }))
          if (change.state === "current") seen.resolve();
      })();
      await seen.promise;
      await harness.stores[0].close();
      await harness.stores[0].close();
      expect(await watching).toBeUndefined();
      await expect(one.create("late", 1)).rejects.toMatchObject({ code: "unavailable" });
    });
  });
}
