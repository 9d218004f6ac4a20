import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Outcome } from "../domain/outcome.ts";
import { NOT_A_MEMBER } from "../domain/refusals.ts";
import type { Appended } from "../log/group-commit.ts";
import { APPLY_MAX_MS, createSettlement } from "./settlement.ts";

const accepted: Outcome = { kind: "accepted" };
const refused: Outcome = { kind: "refused", refusal: NOT_A_MEMBER };

function setUp() {
  const appends: PromiseWithResolvers<Appended>[] = [];
  const settlement = createSettlement({
    groupCommit: {
      append() {
        const append = Promise.withResolvers<Appended>();
        appends.push(append);
        return append.promise;
      },
    },
    now: Date.now,
  });
  return { appends, settlement };
}

describe("settlement", () => {
  afterEach(() => vi.useRealTimers());

  it("answers only when the event is stored and applied, whichever comes first", async () => {
    const { appends, settlement } = setUp();
    let answered = 0;
    const one = settlement.submit(new Uint8Array()).finally(() => answered++);
    const two = settlement.submit(new Uint8Array()).finally(() => answered++);
    appends[0]?.resolve({ batch: 1, sequence: 5, index: 0 });
    appends[1]?.resolve({ batch: 1, sequence: 5, index: 1 });
    await setImmediate();
    expect(answered).toBe(0);
    settlement.applied(1, 5, [accepted, refused]);
    expect(await one).toEqual({ seq: 5 * 4096, outcome: accepted });
    expect(await two).toEqual({ seq: 5 * 4096 + 1, outcome: refused });

    const three = settlement.submit(new Uint8Array()).finally(() => answered++);
    settlement.applied(2, 6, [accepted]);
    await setImmediate();
    expect(answered).toBe(2);
    appends[2]?.resolve({ batch: 2, sequence: 6, index: 0 });
    expect(await three).toEqual({ seq: 6 * 4096, outcome: accepted });
  });

  it("counts a record that was stored twice where it stands first", async () => {
    const { appends, settlement } = setUp();
    const one = settlement.submit(new Uint8Array());
    settlement.applied(1, 7, [accepted]);
    settlement.applied(1, 9, [{ kind: "duplicate", seq: 7 * 4096 }]);
    appends[0]?.resolve({ batch: 1, sequence: 9, index: 0 });
    expect(await one).toEqual({ seq: 7 * 4096, outcome: accepted });
  });

  it("hears what the append says", async () => {
    const { appends, settlement } = setUp();
    const one = settlement.submit(new Uint8Array());
    appends[0]?.reject(new Error("not stored"));
    await expect(one).rejects.toThrow("not stored");
  });

  it("asks the caller to try again when a stored event is not applied here in time", async () => {
    vi.useFakeTimers();
    const { appends, settlement } = setUp();
    const one = settlement.submit(new Uint8Array());
    const refused = expect(one).rejects.toMatchObject({ code: "unavailable", details: { retryAfterMs: 1_000 } });
    appends[0]?.resolve({ batch: 1, sequence: 1, index: 0 });
    await vi.advanceTimersByTimeAsync(APPLY_MAX_MS * 1.2);
    await refused;
    settlement.applied(1, 1, [accepted]);
    settlement.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
