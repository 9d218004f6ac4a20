import { describe, expect, it } from "vitest";
import unhomoglyph from "unhomoglyph";
import { lookOf } from "./look.ts";

describe("the look of a name", () => {
  it.each([
    ["mehdi", "Mehdi"],
    ["mehdi", "MEHDI"],
    ["mehdi", "m\u0435hdi"], // Cyrillic e
    ["mehdi1", "mehdi1 \u2713"],
    ["mehdi1", "mehdil"],
    ["mehdi1", "mehd1I"],
    ["bob", "b0b"],
    ["mehdi", "rnehdi"],
    ["Mehdi", "M\u00e9hdi"],
    ["Ada Lovelace", "Ada  Lovelace"],
    ["Ada", "\uff21\uff44\uff41"], // full width
    ["HELLO", "\u041dELLO"], // Cyrillic En
    ["ada-l", "ada_l"],
  ])("is the same for %j and %j", (one, other) => expect(lookOf(one)).toBe(lookOf(other)));

  it.each([
    ["mehdi", "mehdi2"],
    ["ada", "bob"],
    ["\u{1f600}", "\u{1f601}"],
    ["\u5f20\u4f1f", "\u5f20\u4e3d"],
  ])("differs for %j and %j", (one, other) => expect(lookOf(one)).not.toBe(lookOf(other)));

  it("knows of ASCII what the library's table says", () => {
    for (let code = 32; code < 127; code++) {
      const letter = String.fromCharCode(code);
      if (!/[a-z0-9|]/i.test(letter)) continue;
      expect(lookOf(`a${letter}`)).toBe(lookOf(`a${unhomoglyph(letter)}`));
    }
  });
});
