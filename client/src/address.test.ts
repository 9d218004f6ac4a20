import { describe, expect, it } from "vitest";
import { parseAddress as serverAddress } from "../../server/src/domain/address.ts";
import { NAME_PATTERN } from "../../server/src/domain/names.ts";
import {
  directId,
  isConversationId,
  parseAddress,
  parseConversation,
  parseConversationName,
  parseHandle,
  parseRoomName,
  peopleOf,
} from "./address.ts";

/** Held against the server's own rule as well. */
const NAMES = ["ada", "a1", "0a", "a_-", "release-train", "a".repeat(32)];
const NO_NAMES = ["", "a", "-ab", "_ab", "a b", "a@b", "a#b", "ädä", "ada\u0000", "a.b", "a".repeat(33)];
const IDS = ["8192", "9".repeat(16), "4096-4097", "4096-4096"];
const NO_IDS = ["0", "08192", "-1", "1-", "1-2-3", "0-1", "9".repeat(17)];

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

  it("reads a handle with or without its sign", () => {
    expect(["@Ada", " ada ", "#ada", "@@ada", "@"].map(parseHandle)).toEqual([
      "ada",
      "ada",
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("agrees with the server on what is a name, an address and an id", () => {
    for (const name of [...NAMES, ...NO_NAMES]) {
      const isName = NAMES.includes(name);
      expect([name, parseHandle(name), parseRoomName(name)]).toEqual(
        isName ? [name, name, name] : [name, undefined, undefined],
      );
      expect([name, NAME_PATTERN.test(name)]).toEqual([name, isName]);
      for (const address of [`@${name}`, `#${name}`]) {
        expect([address, parseConversation(address)]).toEqual([address, isName ? address : undefined]);
        expect([address, serverAddress(address) !== undefined]).toEqual([address, isName]);
      }
    }
    for (const id of [...IDS, ...NO_IDS]) {
      expect([id, isConversationId(id)]).toEqual([id, IDS.includes(id)]);
      expect([id, serverAddress(id) !== undefined]).toEqual([id, IDS.includes(id)]);
    }
  });

  it("tells what a name of a conversation stands for", () => {
    expect([" @Bob", "#General", "8192", "4096-4097", "bob"].map(parseConversationName)).toEqual([
      { kind: "direct", text: "@bob" },
      { kind: "room", text: "#general" },
      { kind: "room", text: "8192" },
      { kind: "direct", text: "4096-4097" },
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
