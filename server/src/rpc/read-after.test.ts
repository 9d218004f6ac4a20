import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CHAIN_START } from "../log/chain.ts";
import { createCursorCodec } from "../log/cursor-codec.ts";
import { seqOf } from "../log/position.ts";
import { createReadAfter } from "./read-after.ts";

describe("a call that carries the cursor of its caller's stream", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const PERSON = seqOf(1, 0);
  const applied = { sequence: 5 };
  const readAfter = createReadAfter({ cursors: createCursorCodec("here"), applied });
  const cursorOf = (record: number, epoch = "here") => createCursorCodec(epoch).encode(seqOf(record, 0), CHAIN_START);

  it("waits until this server has applied what that stream told", async () => {
    applied.sequence = 5;
    let isDone = false;
    const waiting = readAfter(cursorOf(7), PERSON)?.then(() => (isDone = true));
    await vi.advanceTimersByTimeAsync(500);
    expect(isDone).toBe(false);
    applied.sequence = 7;
    await vi.advanceTimersByTimeAsync(500);
    await waiting;
    expect(isDone).toBe(true);
  });

  it("is told to try again by a server that stays behind", async () => {
    applied.sequence = 5;
    const waiting = expect(readAfter(cursorOf(7), PERSON)).rejects.toMatchObject({ code: "unavailable" });
    await vi.advanceTimersByTimeAsync(10_000);
    await waiting;
  });

  it("waits for nothing where nothing is missing, or the header says nothing of this log", () => {
    applied.sequence = 5;
    for (const header of [undefined, "", "nonsense", cursorOf(5), cursorOf(7, "another log")])
      expect(readAfter(header, PERSON)).toBeUndefined();
  });

  it("waits for the making of its caller's account, whatever the header says", async () => {
    for (const header of [undefined, "nonsense", cursorOf(5)]) {
      applied.sequence = 5;
      const waiting = readAfter(header, seqOf(6, 0));
      expect(waiting).toBeInstanceOf(Promise);
      applied.sequence = 6;
      await vi.advanceTimersByTimeAsync(500);
      await waiting;
    }
  });
});
