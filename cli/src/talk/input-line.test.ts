import fc from "fast-check";
import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { LINE_BREAK, layOutInput } from "./input-line.ts";

const text = fc.string({ unit: fc.constantFrom("a", " ", "你", "é", "e\u0301", "👩‍🚀", LINE_BREAK), maxLength: 60 });

describe("the line being typed", () => {
  it("loses nothing and never overflows a row", () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 4, max: 40 }), (typed, columns) => {
        const { rows } = layOutInput({ prompt: "> ", text: typed, cursor: typed.length, columns });
        expect(rows.join("")).toBe(`> ${typed.replaceAll(LINE_BREAK, "")}`);
        for (const row of rows) expect(stringWidth(row)).toBeLessThanOrEqual(columns);
      }),
    );
  });

  it("has its cursor behind what stands before it", () => {
    fc.assert(
      fc.property(text, fc.nat(), fc.integer({ min: 4, max: 40 }), (typed, at, columns) => {
        const characters = [...new Intl.Segmenter().segment(typed)].map(({ index }) => index);
        const cursor = characters[at % Math.max(1, characters.length)] ?? 0;
        const { rows, cursorRow, cursorColumn } = layOutInput({ prompt: "", text: typed, cursor, columns });
        const before = rows.slice(0, cursorRow).join("") + sliceCells(rows[cursorRow] ?? "", cursorColumn);
        expect(before.replace(/^> /u, "")).toBe(typed.slice(0, cursor).replaceAll(LINE_BREAK, ""));
      }),
    );
  });

  it("gives up a prompt that leaves no room", () => {
    const { rows } = layOutInput({ prompt: "#a-room-with-a-long-name> ", text: "hello", cursor: 5, columns: 30 });
    expect(rows).toEqual(["> hello"]);
  });
});

function sliceCells(row: string, cells: number): string {
  let cut = "";
  for (const { segment } of new Intl.Segmenter().segment(row)) {
    if (stringWidth(cut + segment) > cells) break;
    cut += segment;
  }
  return cut;
}
