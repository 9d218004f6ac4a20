import { describe, expect, it } from "vitest";
import { TEXT_MAX_CODE_POINTS, textProblem } from "./message-text.ts";

describe("message text", () => {
  it.each([
    ["hello", undefined],
    [" x ", undefined],
    ["", "blank"],
    ["\u00a0", "blank"],
    ["\u200b\u200e", "blank"],
    [" \n\u200b\u00ad", "blank"],
    ["a\0b", "nul"],
    ["𝒳".repeat(TEXT_MAX_CODE_POINTS), undefined],
    ["𝒳".repeat(TEXT_MAX_CODE_POINTS + 1), "too-long"],
  ])("is judged as the server does: %#", (text, problem) => expect(textProblem(text)).toBe(problem));
});
