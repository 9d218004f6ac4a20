import { expect, it, vi } from "vitest";
import { found, kindsOf } from "./found.ts";

vi.mock(import("../../../server/src/projection/settlement.ts"), async (importOriginal) => {
  const original = await importOriginal();
  const { seqOf } = await import("../../../server/src/log/position.ts");
  return {
    ...original,
    createSettlement(options) {
      return {
        ...original.createSettlement(options),
        async submit(event) {
          // As if what is stored had happened.
          const { sequence, index } = await options.groupCommit.append(event);
          return { seq: seqOf(sequence, index), outcome: { kind: "accepted" } };
        },
      };
    },
  };
});

it("finds an answer before the event is applied, on a log that forgets", async () => {
  const outcome = await found({
    knobs: {
      log: { syncMs: [1, 25], repeatWindowMs: 120_000, doubledPerMille: 0, answersBeforeSync: true },
    },
  });
  expect(kindsOf(outcome)).not.toEqual([]);
  expect(kindsOf(outcome).every((kind) => ["lost", "forged"].includes(kind))).toBe(true);
});
