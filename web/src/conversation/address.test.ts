import { describe, expect, it } from "vitest";
import { parseAddress } from "./address.ts";

describe("addresses", () => {
  it("are people or rooms, capitals forgiven", () => {
    expect(parseAddress(" @Mehdi1 ")).toEqual({ kind: "direct", handle: "mehdi1", text: "@mehdi1" });
    expect(parseAddress("#release-train")).toEqual({ kind: "room", name: "release-train", text: "#release-train" });
  });

  it("are nothing else", () => {
    for (const text of ["", "@", "mehdi", "@a", "@-ab", "#has space", "@ada@bob", `@${"a".repeat(33)}`, "@ädä"]) {
      expect(parseAddress(text)).toBeUndefined();
    }
  });
});
