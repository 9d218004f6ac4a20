import { describe, expect, it } from "vitest";
import { parseConversationName } from "./conversation-name.ts";

describe("names of conversations in paths", () => {
  it("are people or rooms, capitals forgiven", () => {
    expect(parseConversationName(" @Mehdi1 ")).toEqual({ kind: "direct", text: "@mehdi1" });
    expect(parseConversationName("#release-train")).toEqual({ kind: "room", text: "#release-train" });
  });

  it("are ids", () => {
    expect(parseConversationName("8192")).toEqual({ kind: "room", text: "8192" });
    expect(parseConversationName("4096-4097")).toEqual({ kind: "direct", text: "4096-4097" });
  });

  it("are nothing else", () => {
    const others = [
      "@",
      "mehdi",
      "@a",
      "@-ab",
      "#has space",
      "@ada@bob",
      `@${"a".repeat(33)}`,
      "@ädä",
      "0",
      "1-",
      "1-2-3",
    ];
    for (const text of ["", ...others]) expect(parseConversationName(text)).toBeUndefined();
  });
});
