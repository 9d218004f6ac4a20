import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createTestBus } from "../testing/test-bus.ts";
import { ANNOUNCE_MS } from "./announcements.ts";
import { FORMATS_SUBJECT, watchFormats } from "./formats-read.ts";

describe("what all servers read", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const bus = () => createTestBus();
  const watch = (on: ReturnType<typeof createTestBus>, server: string, reads: number, isAlone = false) =>
    watchFormats({ bus: on, server, reads, isAlone, logger: pino({ enabled: false }), now: Date.now });
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

  it("is what the oldest of them reads, until that one is gone", async () => {
    const shared = bus();
    const newer = watch(shared, "new", 3);
    const older = watch(shared, "old", 2);
    await pass(2 * ANNOUNCE_MS);
    expect([newer.byAll(), older.byAll()]).toEqual([2, 2]);
    older.close();
    await pass(5 * ANNOUNCE_MS);
    expect(newer.byAll()).toBe(2);
    await pass(3 * ANNOUNCE_MS);
    expect(newer.byAll()).toBe(3);
    newer.close();
  });

  it("is the first format until a server has listened long enough to have heard them all", async () => {
    const only = watch(bus(), "only", 3);
    await pass(2 * ANNOUNCE_MS - 1);
    expect(only.byAll()).toBe(1);
    await pass(1);
    expect(only.byAll()).toBe(3);
    only.close();
  });

  it("needs no waiting where no other server can be", () => {
    const alone = watch(bus(), "only", 3, true);
    expect(alone.byAll()).toBe(3);
    alone.close();
  });

  it("is not moved by what anybody else publishes there", async () => {
    const shared = bus();
    const only = watch(shared, "only", 3);
    for (const text of ["", "{", "[]", '{"server":"x"}', '{"server":"x","reads":"1"}', '{"server":1,"reads":1}'])
      shared.publish(FORMATS_SUBJECT, Buffer.from(text));
    await pass(2 * ANNOUNCE_MS);
    expect(only.byAll()).toBe(3);
    only.close();
  });
});
