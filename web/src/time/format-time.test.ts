import { describe, expect, it } from "vitest";
import { createTimeFormat } from "./format-time.ts";

const berlin = createTimeFormat({ locale: "en-GB", timeZone: "Europe/Berlin" });
const NOW = Date.UTC(2025, 4, 14, 10); // a Wednesday

describe("times", () => {
  it("are local", () => {
    expect(berlin.clock(Date.UTC(2025, 4, 14, 12, 5))).toBe("14:05");
    // 23:30 UTC is the next day in Berlin.
    expect(berlin.dayKey(Date.UTC(2025, 4, 13, 23, 30))).toBe("2025-05-14");
  });

  it("name days the shortest way that is clear", () => {
    expect(berlin.day(NOW, NOW)).toBe("Today");
    expect(berlin.day(Date.UTC(2025, 4, 13, 20), NOW)).toBe("Yesterday");
    expect(berlin.day(Date.UTC(2025, 4, 13, 23, 30), NOW)).toBe("Today");
    expect(berlin.day(Date.UTC(2025, 4, 8, 10), NOW)).toBe("Thursday");
    expect(berlin.day(Date.UTC(2025, 4, 7, 10), NOW)).toBe("7 May");
    expect(berlin.day(Date.UTC(2024, 4, 12, 10), NOW)).toBe("12 May 2024");
  });

  it("are brief in lists: the clock today, else the day", () => {
    expect(berlin.brief(Date.UTC(2025, 4, 14, 6, 30), NOW)).toMatch(/^0?8:30$/);
    expect(berlin.brief(Date.UTC(2025, 4, 10, 6), NOW)).toBe("Sat");
    expect(berlin.brief(Date.UTC(2024, 11, 24, 6), NOW)).toBe("24 Dec 2024");
  });

  it("count days right over a change of the clocks", () => {
    const afterChange = Date.UTC(2025, 2, 30, 10);
    expect(berlin.day(Date.UTC(2025, 2, 29, 22, 59), afterChange)).toBe("Yesterday");
  });

  it("are full on hover", () => {
    expect(berlin.absolute(NOW)).toMatch(/^Wednesday,? 14 May 2025 at 12:00:00$/);
  });
});
