import { describe, expect, it } from "vitest";
import { directHandles, directId, parseAddress } from "./address.ts";

describe("parseAddress", () => {
  it.each([
    ["@ada", { kind: "person", handle: "ada" }],
    ["#general", { kind: "room", name: "general" }],
    ["@bob@ada", { kind: "direct", handles: ["bob", "ada"] }],
    ["@a1_-", { kind: "person", handle: "a1_-" }],
  ])("reads %s", (text, expected) => {
    expect(parseAddress(text)).toEqual(expected);
  });

  it.each([
    "",
    "ada",
    "@",
    "#",
    "@a",
    "@Ada",
    "@ada ",
    " @ada",
    "@ada@",
    "@ada@bob@eve",
    "#a#b",
    "#-red",
    "@_ada",
    `@${"a".repeat(33)}`,
    "@ada\n",
    "@ad\u0000",
    "#räum",
  ])("refuses %j", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });
});

describe("directId", () => {
  it("is the same from both sides", () => {
    expect(directId("mehdi1", "mehdi")).toBe("@mehdi@mehdi1");
    expect(directId("mehdi", "mehdi1")).toBe("@mehdi@mehdi1");
  });

  it("is read back only in its canonical form", () => {
    expect(directHandles("@ada@bob")).toEqual(["ada", "bob"]);
    expect(directHandles("@bob@ada")).toBeUndefined();
    expect(directHandles("@ada")).toBeUndefined();
    expect(directHandles("#ada")).toBeUndefined();
  });
});
