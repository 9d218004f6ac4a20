import { describe, expect, it } from "vitest";
import { parseAddress } from "./address.ts";
import { directId, directPeople, isRoomId } from "./conversation-id.ts";

describe("parseAddress", () => {
  it.each([
    ["@ada", { kind: "person", handle: "ada" }],
    ["@a1_-", { kind: "person", handle: "a1_-" }],
    ["#general", { kind: "room-name", name: "general" }],
    ["8192", { kind: "room", id: "8192" }],
    ["4096-4097", { kind: "direct", people: [4096, 4097] }],
    ["4096-4096", { kind: "direct", people: [4096, 4096] }],
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
    "@ada@bob",
    "#a#b",
    "#-red",
    "@_ada",
    `@${"a".repeat(33)}`,
    "@ada\n",
    "@ad\u0000",
    "#räum",
    "0",
    "08192",
    "-1",
    "4097-4096",
    "4096-",
    "4096-4097-4098",
    "9999999999999999-9999999999999999",
  ])("refuses %j", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });
});

describe("a conversation's id", () => {
  it("is the same from both sides", () => {
    expect(directId(9, 4096)).toBe("9-4096");
    expect(directId(4096, 9)).toBe("9-4096");
  });

  it("is read back only in its canonical form, and rooms' ids are none of people", () => {
    expect(directPeople("9-4096")).toEqual([9, 4096]);
    expect(directPeople("4096-9")).toBeUndefined();
    expect([isRoomId("4096"), isRoomId("9-4096"), directPeople("4096")]).toEqual([true, false, undefined]);
  });
});
