import { expect, it, vi } from "vitest";
import { found, kindsOf } from "./found.ts";

vi.mock(import("../../../client/src/outbox/outbox-store.ts"), async (importOriginal) => {
  const original = await importOriginal();
  return {
    ...original,
    createOutboxStore(storage, person) {
      const store = original.createOutboxStore(storage, person);
      // As if what was stored came back in another order.
      return { ...store, load: () => store.load().reverse() };
    },
  };
});

it("finds an outbox that changes its order over a restart", async () => {
  // Answers take long and clients end often, so that outboxes are full when they do: more than half of the worlds show it.
  const knobs = {
    clientLatency: { min: 0.2, max: 120, slowPerMille: 50 },
    pauseMs: [20, 80],
    faultPauseMs: [200, 600],
    limitsFactor: 0,
  } as const;
  expect(kindsOf(await found({ knobs }))).toEqual(["reordered"]);
});
