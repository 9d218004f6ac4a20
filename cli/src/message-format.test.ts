import type { ChatConversation } from "@chat/client";
import { expect, it } from "vitest";
import { conversationName } from "./message-format.ts";

it("names a conversation by address and title, and says where nobody can write", () => {
  const peer = { id: 5, handle: "bob", displayName: "Bob", removed: false };
  const bob: ChatConversation = {
    ...{ id: "4-5", kind: "direct", address: "@bob", title: "Bob", topic: "", peer, sortSeq: 0, memberCount: 2 },
    ...{ joined: true, unseen: 0, version: 1 },
  };
  expect(conversationName(bob)).toBe("@bob  Bob");
  const removed = { ...peer, handle: "", displayName: "removed person", removed: true };
  expect(conversationName({ ...bob, address: "4-5", title: "removed person", peer: removed })).toBe(
    "4-5  removed person (read only)",
  );
});
