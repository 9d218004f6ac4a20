import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { visibleJson, visibleLine, visibleText } from "./visible-text.ts";

const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u;
const nasty = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      "\u001b",
      "[2J",
      "]0;title\u0007",
      "\u009b",
      "31m",
      "\r",
      "\n",
      "\t",
      "\u202e",
      "\u2066",
      "a\u0301",
      "\ud800",
      "P",
      "\\",
    ),
    fc.string({ unit: "binary", maxLength: 3 }),
  ),
});

describe("text of others", () => {
  it("has nothing left that a terminal obeys, whatever it was", () => {
    fc.assert(
      fc.property(nasty, (text) => {
        expect(visibleText(text)).not.toMatch(OBEYED);
        expect(visibleText(text).isWellFormed()).toBe(true);
        expect(visibleLine(text)).not.toContain("\n");
      }),
    );
  });

  it("is the same after a second time", () => {
    fc.assert(
      fc.property(nasty, (text) => {
        expect(visibleText(visibleText(text))).toBe(visibleText(text));
      }),
    );
  });

  it("keeps what is harmless", () => {
    const text = "Grüße, 你好, שלום, 👩‍🚀, e\u0301\nsecond line";
    expect(visibleText(text)).toBe(text);
    expect(visibleText("a\tb\r\nc")).toBe("a    b\nc");
    expect(visibleLine("  a \n b ")).toBe("a b");
  });

  it("loses the whole sequence, not only its beginning", () => {
    expect(visibleText("a\u001b[31mb\u001b]8;;http://x\u0007c")).toBe("abc");
  });
});

describe("JSON for programs", () => {
  it("is one harmless line that reads back as what it was", () => {
    fc.assert(
      fc.property(nasty, (text) => {
        expect(visibleJson({ text })).not.toMatch(OBEYED);
        expect(visibleJson({ text })).not.toContain("\n");
        expect(JSON.parse(visibleJson({ text }))).toEqual({ text });
      }),
    );
  });
});
