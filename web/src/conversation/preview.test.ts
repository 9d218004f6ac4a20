import type { ChatMessage } from "@chat/client";
import { describe, expect, it } from "vitest";
import { fakeMessage } from "../testing/fake-data.ts";
import { preview } from "./preview.ts";

const [ME, ADA] = [1, 2];
const message = (sender: number, text: string): ChatMessage => fakeMessage({ seq: 9, sender, text });
const name = (id: number) => (id === ADA ? "ADA" : "?");

describe("the preview of a conversation", () => {
  it("names the sender where it is not plain who that is", () => {
    expect(preview({ kind: "room", lastMessage: message(ADA, "hi") }, ME, name)).toBe("ADA: hi");
    expect(preview({ kind: "direct", lastMessage: message(ADA, "hi") }, ME, name)).toBe("hi");
    expect(preview({ kind: "direct", lastMessage: message(ME, "hi") }, ME, name)).toBe("You: hi");
    expect(preview({ kind: "room", lastMessage: message(ME, "hi") }, ME, name)).toBe("You: hi");
  });

  it("fits on one line", () => {
    expect(preview({ kind: "direct", lastMessage: message(ADA, " a\n\n b\t c ") }, ME, name)).toBe("a b c");
  });

  it("says so where the last message was deleted", () => {
    expect(preview({ kind: "room", lastMessage: { ...message(ADA, ""), deleted: true } }, ME, name)).toBe(
      "ADA: Message deleted",
    );
  });

  it("is nothing where nobody wrote", () => {
    expect(preview({ kind: "room" }, ME, name)).toBeUndefined();
  });
});
