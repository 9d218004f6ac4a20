import { expect, it, vi } from "vitest";
import { found } from "./found.ts";

vi.mock(import("../../../server/src/rpc/read-after.ts"), async (importOriginal) => ({
  ...(await importOriginal()),
  // As if a server answered from whatever it has.
  createReadAfter: () => () => undefined,
}));

it("finds an answer that is older than what the caller's stream has told", async () => {
  // Servers read the log at different times, and people write and ask without pause: about one world in four shows it.
  const knobs = {
    logLatency: { min: 0.1, max: 40, slowPerMille: 50 },
    clientLatency: { min: 0.2, max: 3, slowPerMille: 0 },
    pauseMs: [5, 40],
    limitsFactor: 0,
  } as const;
  // A list that lacks something, and other things that follow from it, may come first.
  expect(await found({ knobs }, /had seen .+ and was answered/)).toBeDefined();
});
