import { describe, expect, it } from "vitest";
import { tidyDisplayName, whyNotDisplayName } from "./display-name.ts";

describe("a display name", () => {
  it.each([
    "Ada Lovelace",
    "\u041d\u0430\u0434\u044f",
    "\u5f20\u4f1f",
    "\u0645\u0647\u062f\u06cc",
    "\u05d3\u05d5\u05d3",
    "Zo\u00eb",
    "x\u0323\u0302",
    "O\u2019Brien-Smith, Jr.",
    "\u{1f600}",
    "Ada \u{1f469}\u{1f3fd}\u200d\u{1f680}",
    "\u2764\ufe0f",
    "\u260e\ufe0e",
    "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}", // the flag of England
    "\u8fbb\u{e0100}",
    "1\ufe0f\u20e3",
    "x".repeat(64),
  ])("may be %j", (name) => expect(whyNotDisplayName(tidyDisplayName(name))).toBeUndefined());

  it.each([
    ["zero width space", "\u200b"],
    ["zero width space in a name", "meh\u200bdi"],
    ["right-to-left override", "\u202eidhem"],
    ["right-to-left mark", "mehdi\u200f"],
    ["isolate", "\u2066mehdi\u2069"],
    ["joiner outside of emoji", "meh\u200ddi"],
    ["joiner after an emoji", "\u{1f600}\u200d"],
    ["non-joiner", "meh\u200cdi"],
    ["variation selector after a letter", "mehdi\ufe0f"],
    ["byte order mark", "meh\ufeffdi"],
    ["soft hyphen", "meh\u00addi"],
    ["Hangul filler", "\u3164"],
    ["braille blank", "\u2800"],
    ["tag characters", "mehdi\u{e0061}"],
    ["line separator", "meh\u2028di"],
    ["control character", "meh\u0007di"],
    ["private use", "\ue000"],
    ["mark alone", "\u0301"],
    ["lone surrogate", "\ud800"],
    ["too long", "x".repeat(65)],
  ])("is refused for: %s", (_, name) => expect(whyNotDisplayName(tidyDisplayName(name))).toBeTypeOf("string"));
});
