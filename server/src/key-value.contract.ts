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
    ])("keeps %j and %j apart", async (key, other) => {
      await one.create(key, { of: key });
      expect(await two.get(other)).toBeUndefined();
      await one.create(other, { of: other });
      expect((await two.get(key))?.value).toEqual({ of: key });
      await one.delete(key);
      expect(await two.get(key)).toBeUndefined();
      expect((await two.get(other))?.value).toEqual({ of: other });
    });

    it("refuses keys that no entry can have", async () => {
      for (const key of ["", "x".repeat(513)])
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
  });
}
