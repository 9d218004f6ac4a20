import { describe, expect, it } from "vitest";
import { causeWords, closedFor } from "./conversation-words.ts";
import type { ChatChange } from "./types.ts";

const BOB = { id: 5, handle: "bob", displayName: "Bob", removed: false };
const MEMBER = { conversation: "8192", person: 5, joined: true, version: 9000 };

describe("the words about a conversation", () => {
  it("say where nobody can write: with a removed account alone", () => {
    expect(closedFor({ peer: BOB })).toBeUndefined();
    expect(closedFor({ kind: "room" })).toBeUndefined();
    expect(closedFor({ peer: { ...BOB, handle: "", removed: true } })).toMatchObject({ mark: "read only" });
  });

  it("say what a cause alone tells, and nothing of what takes a comparison", () => {
    const joined: ChatChange = { cause: "member-joined", actor: 5, row: "member", member: MEMBER };
    expect(causeWords(joined, "Bob")).toBe("Bob joined");
    expect(causeWords({ ...joined, cause: "member-left" }, "Bob")).toBe("Bob left");
    expect(causeWords({ ...joined, cause: "unknown" }, "Bob")).toBeUndefined();
  });
});
