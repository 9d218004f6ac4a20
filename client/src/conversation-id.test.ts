import { describe, expect, it } from "vitest";
import { addressOf, toConversationId } from "./conversation-id.ts";

describe("conversation ids", () => {
  it("name the other person of a direct conversation, or the room, as the address", () => {
    expect(addressOf("@ada@bob", "ada")).toBe("@bob");
    expect(addressOf("@ada@bob", "bob")).toBe("@ada");
    expect(addressOf("@ada@ada", "ada")).toBe("@ada");
    expect(addressOf("#general", "ada")).toBe("#general");
  });

  it("are the same for both people, and come back from the address", () => {
    expect(toConversationId("@bob", "ada")).toBe("@ada@bob");
    expect(toConversationId("@ada", "bob")).toBe("@ada@bob");
    expect(toConversationId("@ada", "ada")).toBe("@ada@ada");
    expect(toConversationId("#general", "ada")).toBe("#general");
  });
});
