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
  expect(kindsOf(await found())).toEqual(["reordered"]);
});
