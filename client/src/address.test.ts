import { describe, expect, it } from "vitest";
import { directId, isConversationId, parseAddress, parseConversation, parseRoomName, peopleOf } from "./address.ts";

describe("addresses", () => {
  it.each([
    ["@bob", { kind: "direct", handle: "bob", text: "@bob" }],
    [" #General ", { kind: "room", name: "general", text: "#general" }],
    ["bob", undefined],
    ["@b", undefined],
    ["@-bob", undefined],
    [`#${"a".repeat(33)}`, undefined],
    ["@bob@ada", undefined],
  ])("reads %j", (text, address) => expect(parseAddress(text)).toEqual(address));

  it.each([
    ["@Bob", "@bob"],
    ["8192", "8192"],
    ["4096-4097", "4096-4097"],
    ["0-1", undefined],
    ["4096-", undefined],
    ["general", undefined],
  ])("takes %j as a conversation", (text, conversation) => expect(parseConversation(text)).toBe(conversation));

  it("reads a room's name with or without its sign", () => {
    expect(["#General", "general", "@general", "a b"].map(parseRoomName)).toEqual([
      "general",
      "general",
      undefined,
      undefined,
    ]);
  });

  it("makes the same id of two people in either order, and tells them again", () => {
    expect([directId(4097, 4096), directId(4096, 4097), directId(5, 5)]).toEqual(["4096-4097", "4096-4097", "5-5"]);
    expect(peopleOf("4096-4097")).toEqual([4096, 4097]);
    expect(peopleOf("8192")).toBeUndefined();
    expect(isConversationId("8192")).toBe(true);
  });
});
