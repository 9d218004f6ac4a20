import { expect, it, vi } from "vitest";
import { found, kindsOf } from "./found.ts";

vi.mock(import("../../../client/src/replica/replica.ts"), async (importOriginal) => {
  const original = await importOriginal();
  return {
    ...original,
    createReplica(options) {
      // As if what was known without a gap before a reset were so after it.
      return Object.assign(original.createReplica(options), { drop: () => undefined });
    },
  };
});

it("finds a replica that forgets, after a reset, that a range has a gap now", async () => {
  const outcome = await found({ knobs: { movesLog: true } });
  expect(kindsOf(outcome)).toContain("diverged");
});
