import { describe, expect, it } from "vitest";
import { preview } from "./preview.ts";

const message = (sender: string, text: string) => ({
  seq: 1,
  conversation: "#x",
  sender,
  text,
  sentAt: 0,
  clientId: "c",
});
const name = (handle: string) => handle.toUpperCase();

describe("the preview of a conversation", () => {
  it("names the sender where it is not plain who that is", () => {
    expect(preview({ kind: "room", lastMessage: message("ada", "hi") }, "me", name)).toBe("ADA: hi");
    expect(preview({ kind: "direct", lastMessage: message("ada", "hi") }, "me", name)).toBe("hi");
    expect(preview({ kind: "direct", lastMessage: message("me", "hi") }, "me", name)).toBe("You: hi");
    expect(preview({ kind: "room", lastMessage: message("me", "hi") }, "me", name)).toBe("You: hi");
  });

  it("fits on one line", () => {
    expect(preview({ kind: "direct", lastMessage: message("ada", " a\n\n b\t c ") }, "me", name)).toBe("a b c");
  });

  it("is nothing where nobody wrote", () => {
    expect(preview({ kind: "room" }, "me", name)).toBeUndefined();
  });
});
