import { afterEach, describe, expect, it } from "vitest";
import type { ClientStorage } from "./storage.ts";

/**
 * What every adapter of {@link ClientStorage} does.
 * @param openArea makes a place that is empty; each call of what it returns opens another storage on that place
 */
export function describeStorage(name: string, openArea: () => Promise<() => Promise<ClientStorage>>): void {
  describe(`${name}: client storage`, () => {
    const opened: ClientStorage[] = [];
    afterEach(async () => {
      for (const storage of opened.splice(0)) await storage.close();
    });

    async function area(): Promise<() => Promise<ClientStorage>> {
      const open = await openArea();
      return async () => {
        const storage = await open();
        opened.push(storage);
        return storage;
      };
    }
    const single = async (): Promise<ClientStorage> => (await area())();

    it("has nothing at first", async () => {
      const storage = await single();
      expect(storage.get("a")).toBeUndefined();
      expect(storage.keys("")).toEqual([]);
    });

    it.each([{ deep: [1, { two: "ü😀" }] }, "text", "", 0, false])("gives back %j", async (value) => {
      const open = await area();
      const storage = await open();
      await storage.set("key", "before");
      const stored = storage.set("key", value);
      expect(storage.get("key")).toEqual(value);
      await stored;
      expect((await open()).get("key")).toEqual(value);
    });

    it("takes no part in what happens to a value afterwards", async () => {
      const storage = await single();
      const value = { list: ["one"] };
      await storage.set("key", value);
      value.list.push("two");
      expect(storage.get("key")).toEqual({ list: ["one"] });
    });

    it("lists keys by prefix, sorted, and no near misses", async () => {
      const storage = await single();
      for (const key of ["u/ada/b", "u/adam/a", "u/ada/a", "u/ad/a", "x/u/ada/a"]) await storage.set(key, 1);
      expect(storage.keys("u/ada/")).toEqual(["u/ada/a", "u/ada/b"]);
    });

    it("deletes for good, and what is not there as well", async () => {
      const open = await area();
      const storage = await open();
      await storage.set("room-1", "a");
      await storage.set("room-10", "b");
      await storage.delete("room-1");
      await storage.delete("room-100");
      expect(storage.get("room-1")).toBeUndefined();
      expect((await open()).keys("")).toEqual(["room-10"]);
    });

    it("keeps what two storages on one place write under different keys at the same time", async () => {
      const open = await area();
      const [one, other] = [await open(), await open()];
      const writes = Array.from({ length: 10 }, (_, index) => [
        one.set(`one-${index}`, index),
        other.set(`other-${index}`, index),
      ]);
      await Promise.all(writes.flat());
      expect((await open()).keys("")).toHaveLength(20);
      await one.sync();
      expect(one.get("other-9")).toBe(9);
    });

    it("never lets a reader miss what is stored while others are taken in", async () => {
      const open = await area();
      const [storage, other] = [await open(), await open()];
      await storage.set("session", "ada");
      let missed = 0;
      for (let round = 0; round < 20; round++) {
        const work = [
          storage.set("a", round),
          storage.sync(),
          other.set("b", round),
          storage.sync(),
          storage.set("c", round),
        ];
        for (const each of work) void each.then(() => (missed += storage.get("session") === "ada" ? 0 : 1));
        await Promise.all(work);
      }
      expect(missed).toBe(0);
      expect((await open()).keys("")).toEqual(["a", "b", "c", "session"]);
    });

    it("lets one run at a time under a name, also from another storage on the same place", async () => {
      const open = await area();
      const [one, other] = [await open(), await open()];
      let running = 0;
      let most = 0;
      const run = async (): Promise<void> => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running--;
      };
      await Promise.all([one, other, one, other].map((storage) => storage.lock("session", run)));
      expect(most).toBe(1);
    });

    it("lets other names run meanwhile", async () => {
      const storage = await single();
      const result = await storage.lock("session", () => storage.lock("outbox", async () => "inner"));
      expect(result).toBe("inner");
    });

    it("lets go of a lock when what ran under it throws", async () => {
      const open = await area();
      const storage = await open();
      await expect(storage.lock("session", () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
      expect(await (await open()).lock("session", async () => "next")).toBe("next");
    });

    it("stops waiting for a lock when told to, without running", async () => {
      const open = await area();
      const [one, other] = [await open(), await open()];
      const held = Promise.withResolvers<void>();
      const holder = one.lock("session", () => held.promise);
      const controller = new AbortController();
      let ran = false;
      const waiting = other.lock("session", async () => (ran = true), { signal: controller.signal });
      const outcome = expect(waiting).rejects.toThrow("enough");
      await new Promise((resolve) => setTimeout(resolve, 10));
      controller.abort(new Error("enough"));
      await outcome;
      held.resolve();
      await holder;
      expect(ran).toBe(false);
      expect(await other.lock("session", async () => "after")).toBe("after");
    });

    it("closes more than once without a word", async () => {
      const storage = await single();
      await storage.close();
      await storage.close();
    });
  });
}
