import { expect, it } from "vitest";
import { createMemoryArea, createMemoryStorage } from "./memory-storage.ts";
import { describeStorage } from "./storage-contract.ts";

describeStorage("memory", async () => {
  const area = createMemoryArea();
  return async () => createMemoryStorage(area);
});

it("tells the other storages on its area, not the one that wrote", async () => {
  const area = createMemoryArea();
  const [one, other] = [createMemoryStorage(area), createMemoryStorage(area)];
  const heard: unknown[] = [];
  one.onChange((key, value) => heard.push(["one", key, value]));
  const stop = other.onChange((key, value) => heard.push(["other", key, value]));
  await one.set("a", 1);
  await one.delete("a");
  stop();
  await one.set("a", 2);
  expect(heard).toEqual([
    ["other", "a", 1],
    ["other", "a", undefined],
  ]);
});
