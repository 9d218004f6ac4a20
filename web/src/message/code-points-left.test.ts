import { TEXT_MAX_CODE_POINTS } from "@chat/client/message-text";
import { describe, expect, it } from "vitest";
import { codePointsLeft } from "./code-points-left.ts";

describe("what may still be written", () => {
  it("is told only near the end", () => {
    expect(codePointsLeft("")).toBeUndefined();
    expect(codePointsLeft("a".repeat(TEXT_MAX_CODE_POINTS - 1_001))).toBeUndefined();
    expect(codePointsLeft("a".repeat(TEXT_MAX_CODE_POINTS - 1_000))).toBe(1_000);
    expect(codePointsLeft("a".repeat(TEXT_MAX_CODE_POINTS + 1))).toBe(-1);
  });

  it("is counted in code points, not in UTF-16 units", () => {
    expect(codePointsLeft("👍".repeat(6_000))).toBeUndefined();
    expect(codePointsLeft("👍".repeat(TEXT_MAX_CODE_POINTS))).toBe(0);
  });
});
