import { expect, it, vi } from "vitest";
import { found } from "./found.ts";

vi.mock(import("../../../server/src/rpc/read-after.ts"), async (importOriginal) => ({
  ...(await importOriginal()),
  // As if a server answered from whatever it has.
  createReadAfter: () => () => undefined,
}));

it("finds an answer that is older than what the caller's stream has told", async () => {
  const outcome = await found();
  expect(outcome?.violations.map(({ text }) => text).join("\n")).toMatch(/had seen .+ and was answered/);
});
