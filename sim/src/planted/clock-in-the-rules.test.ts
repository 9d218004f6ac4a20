import { expect, it, vi } from "vitest";
import type { World } from "../world/world.ts";
import { found, kindsOf } from "./found.ts";

const running = vi.hoisted((): { world: World | undefined } => ({ world: undefined }));

vi.mock(import("../../../server/src/domain/kinds/message-posted.ts"), async (importOriginal) => {
  const { messagePosted } = await importOriginal();
  return {
    messagePosted: {
      ...messagePosted,
      admit(state, fact, value) {
        // As if the rules asked how late it is now, and not when it was said.
        if ((running.world?.now ?? 0) - fact.at > 1_500)
          return { reason: "TOO_LATE", code: "failed_precondition", words: () => "It is too late for that." };
        return messagePosted.admit(state, fact, value);
      },
    },
  };
});

it("finds rules that look at a clock: servers come to different states", async () => {
  const outcome = await found({ onWorld: (world) => (running.world = world) });
  expect(kindsOf(outcome)).toContain("diverged");
});
