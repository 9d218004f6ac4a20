import { describe, expect, it } from "vitest";
import { avatarTone, initials } from "./avatar.ts";

describe("avatars", () => {
  it("have one colour a name", () => {
    expect(avatarTone("@ada")).toBe(avatarTone("@ada"));
    expect(new Set(["@ada", "@bob", "@eve", "@kwame", "@ines", "@yuki"].map(avatarTone)).size).toBeGreaterThan(2);
  });

  it("show the first and last word's letter, whole characters only", () => {
    expect(initials("Ada Lovelace")).toBe("AL");
    expect(initials("ada king lovelace")).toBe("AL");
    expect(initials("kwame")).toBe("K");
    expect(initials("山田 由紀")).toBe("山由");
    expect(initials("👩‍👩‍👧 family")).toBe("👩‍👩‍👧F");
    expect(initials("é")).toBe("É");
    expect(initials("")).toBe("");
  });
});
