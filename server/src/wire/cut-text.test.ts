import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutText } from "./cut-text.ts";

describe("cutText", () => {
  it("never cuts a surrogate pair", () => {
    expect(cutText(`a${"😀".repeat(45)}`, 80)).toBe(`a${"😀".repeat(39)}`);
  });

  it("gives well-formed text within its bound, whatever it is given", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((c) => String.fromCharCode(c)) }),
        (text) => {
          const cut = cutText(text, 7);
          expect(cut.length).toBeLessThanOrEqual(7);
          expect(cut.isWellFormed()).toBe(true);
        },
      ),
    );
  });
});
