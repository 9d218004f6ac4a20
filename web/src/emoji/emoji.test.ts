import { describe, expect, it } from "vitest";
import { EMOJI, EMOJI_GROUPS } from "./emoji-data.ts";
import { searchEmoji } from "./search-emoji.ts";

const found = (query: string) => searchEmoji(EMOJI, query).map(({ unicode }) => unicode);

describe("the emoji", () => {
  it("are sequences that Unicode recommends, with and without skin tones", () => {
    const recommended = /^\p{RGI_Emoji}$/v;
    const all = EMOJI.flatMap(({ unicode, tones }) => [unicode, ...tones]);
    // What is newer than this machine's Unicode is let pass.
    const wrong = all.filter((text) => !recommended.test(text) && /\p{Emoji_Presentation}\uFE0F/u.test(text));
    expect(wrong).toEqual([]);
    expect(all.filter((text) => recommended.test(text)).length).toBeGreaterThan(3_000);
  });

  it("each stand in one of the groups", () => {
    expect(new Set(EMOJI.map(({ group }) => group))).toEqual(new Set(EMOJI_GROUPS.map(({ group }) => group)));
  });

  it("are found by name and keyword, the name first", () => {
    expect(found("thumbs up")[0]).toBe("👍");
    expect(found("lol")).toContain("😂");
    expect(found("+1")).toContain("👍");
    expect(found("cat")[0]).toBe("🐈");
    expect(found("zzzz")).toEqual([]);
    expect(found("  ")).toHaveLength(EMOJI.length);
  });
});
