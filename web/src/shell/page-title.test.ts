import { describe, expect, it } from "vitest";
import { pageTitle } from "./page-title.ts";

describe("the title of the window", () => {
  it("says where one is and how much is new", () => {
    expect(pageTitle("home", undefined, 0)).toBe("Chat");
    expect(pageTitle("conversation", "#general", 0)).toBe("#general · Chat");
    expect(pageTitle("rooms", undefined, 3)).toBe("(3) Rooms · Chat");
    expect(pageTitle("home", undefined, 100)).toBe("(99+) Chat");
  });
});
