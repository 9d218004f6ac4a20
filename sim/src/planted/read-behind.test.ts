import { expect, it, vi } from "vitest";
import { found } from "./found.ts";

vi.mock(import("../../../server/src/rpc/read-after.ts"), async (importOriginal) => ({
  ...(await importOriginal()),
  // As if a server answered from whatever it has.
  createReadAfter: () => () => undefined,
}));

it("finds an answer that is older than what the caller's stream has told", async () => {
  // A list that lacks something, and other things that follow from it, may come first.
  expect(await found({}, /had seen .+ and was answered/)).toBeDefined();
});
