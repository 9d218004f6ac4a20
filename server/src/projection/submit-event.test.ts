import { describe, expect, it, vi } from "vitest";
import { ADA, posted } from "../testing/events.ts";
import { AB, createWorld } from "../testing/world.ts";
import { createSubmitEvent } from "./submit-event.ts";

describe("an event that is submitted", () => {
  const outcome = { kind: "accepted" } as const;
  function post(formatReadByAll: number, isHeldUp = false) {
    const submit = vi.fn(() => Promise.resolve({ seq: 12_288, outcome }));
    const { projection } = createWorld();
    const formats = { byAll: () => formatReadByAll };
    const tail = { isHeldUp: () => isHeldUp };
    const submitted = createSubmitEvent({ projection, settlement: { submit }, formats, tail })(posted(ADA, AB, 1));
    return { submitted, submit };
  }

  it("reaches the log where every live server reads its kind", async () => {
    const { submitted, submit } = post(1);
    expect(await submitted).toEqual({ seq: 12_288, outcome });
    expect(submit).toHaveBeenCalledTimes(1);
  });

  it("is refused, and nothing stored, while a live server does not", async () => {
    const { submitted, submit } = post(0);
    await expect(submitted).rejects.toMatchObject({
      code: "failed_precondition",
      details: { reason: "SERVERS_TOO_OLD" },
    });
    expect(submit).not.toHaveBeenCalled();
  });

  it("is refused, and nothing stored, while the disk is full", async () => {
    const { submitted, submit } = post(1, true);
    await expect(submitted).rejects.toMatchObject({ code: "resource_exhausted", details: { retryAfterMs: 1_000 } });
    expect(submit).not.toHaveBeenCalled();
  });
});
