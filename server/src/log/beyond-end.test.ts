import { describe, expect, it, vi } from "vitest";
import { isBeyondEnd } from "./beyond-end.ts";

/** A log that answers so, in turn, and then the last for ever. */
function logOf(...heads: number[]) {
  return { head: vi.fn(async () => (heads.length > 1 ? heads.shift() : heads[0]) ?? 0) };
}

describe("the end of the log", () => {
  it("is believed at once where it is high enough", async () => {
    const log = logOf(7);
    expect(await isBeyondEnd(7, log)).toBe(false);
    expect(log.head).toHaveBeenCalledTimes(1);
  });

  it("is asked for again where it is too low, for whoever answered may have led before", async () => {
    const log = logOf(5, 9);
    expect(await isBeyondEnd(7, log)).toBe(false);
    expect(log.head).toHaveBeenCalledTimes(2);
  });

  it("is believed when it stays too low", async () => {
    const log = logOf(5);
    expect(await isBeyondEnd(7, log)).toBe(true);
    expect(log.head).toHaveBeenCalledTimes(3);
  });
});
