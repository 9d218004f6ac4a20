import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createTestBus } from "../testing/test-bus.ts";
import { ANNOUNCE_MS, SERVERS_MAX, SILENT_MS, startAnnouncements } from "./announcements.ts";

describe("announcements", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
  function start(bus = createTestBus(), server = "own") {
    const onTold = vi.fn<() => void>();
    const announcements = startAnnouncements({
      bus,
      subject: "test",
      server,
      logger: pino({ enabled: false }),
      now: Date.now,
      tell: () => ({ number: 7 }),
      parse: ({ number }) => (typeof number === "number" ? number : undefined),
      onTold,
    });
    const hear = async (text: string): Promise<void> => {
      bus.publish("test", Buffer.from(text));
      await pass(0);
    };
    return { announcements, bus, hear, onTold, heard: () => [...announcements.heard()] };
  }

  it("keep what each of the other servers told last, until it has been silent for long", async () => {
    const { announcements, heard, hear, bus, onTold } = start();
    const other = start(bus, "other");
    await pass(ANNOUNCE_MS);
    await hear('{"server":"third","number":1}');
    await hear('{"server":"third","number":2}');
    expect(new Map(heard())).toEqual(
      new Map([
        ["other", 7],
        ["third", 2],
      ]),
    );
    await pass(SILENT_MS + ANNOUNCE_MS);
    expect(heard()).toEqual([["other", 7]]);
    other.announcements.close();
    announcements.close();
    const turns = onTold.mock.calls.length;
    await pass(SILENT_MS + ANNOUNCE_MS);
    expect(onTold).toHaveBeenCalledTimes(turns);
  });

  it("keep nothing that is not another server's", async () => {
    const { announcements, hear, heard } = start();
    for (const text of ["", "{", "null", "1", "[]", '{"number":1}', '{"server":1,"number":1}', '{"server":"x"}'])
      await hear(text);
    await hear('{"server":"own","number":1}');
    expect(heard()).toEqual([]);
    announcements.close();
  });

  it("remember no more servers than there may be, the latest ones", async () => {
    const { announcements, hear, heard } = start();
    for (let index = 0; index < SERVERS_MAX + 10; index++) await hear(`{"server":"s${index}","number":${index}}`);
    expect(heard()).toHaveLength(SERVERS_MAX);
    expect(heard()[0]).toEqual(["s10", 10]);
    announcements.close();
  });
});
