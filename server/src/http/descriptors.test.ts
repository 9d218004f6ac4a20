import { expect, it } from "vitest";
import { connectionsFor, descriptorLimit, watchDescriptors } from "./descriptors.ts";

it("leaves descriptors for files, however many there are", () => {
  expect([256, 1_024, 4_096, 20_000, 1_000_000, Infinity].map(connectionsFor)).toEqual([
    140, 755, 3_212, 15_936, 30_000, 30_000,
  ]);
  expect(descriptorLimit()).toBeGreaterThan(0);
});

it("says when descriptors run short", async () => {
  const enough = watchDescriptors(1_000_000);
  const short = watchDescriptors(40);
  await Promise.all([enough.look(), short.look()]);
  expect([enough.shortage(), short.shortage()]).toEqual([undefined, expect.stringContaining("run short")]);
  enough.close();
  short.close();
});
