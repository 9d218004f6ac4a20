import { describe, expect, it } from "vitest";
import { reactedBy } from "./reacted-by.ts";

const name = (id: number) => `P${String(id)}`;

describe("who reacted", () => {
  it("is named, oneself first", () => {
    expect(reactedBy([2], 1, name)).toBe("P2");
    expect(reactedBy([2, 1], 1, name)).toBe("You and P2");
    expect(reactedBy([2, 3, 1], 1, name)).toBe("You, P2 and P3");
  });

  it("is counted where there are many", () => {
    const many = Array.from({ length: 9 }, (_, index) => index + 2);
    expect(reactedBy(many, 1, name)).toBe("P2, P3, P4, P5, P6, P7 and 3 others");
    expect(reactedBy(many.slice(0, 7), 1, name)).toBe("P2, P3, P4, P5, P6, P7 and P8");
  });
});
