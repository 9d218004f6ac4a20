import { expect, it } from "vitest";
import { found } from "./found.ts";
import { skippingLog } from "./skipping-log.ts";

it("finds a record that is skipped after a server was opened again", async () => {
  const outcome = await found({ wrapEngine: skippingLog });
  expect(outcome?.violations[0]?.text).toMatch(/calls for its operator/);
});
