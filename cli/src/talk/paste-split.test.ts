import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPasteSplitter } from "./paste-split.ts";

describe("splitting pastes from keys", () => {
  it("finds a paste however the reads fall", () => {
    const input = "ab\u001b[A\u001b[200~one\rtwo\u001b[201~\rc";
    fc.assert(
      fc.property(fc.array(fc.nat({ max: input.length })), (cuts) => {
        const split = createPasteSplitter();
        // An Esc that ends a read is a key by all one can tell.
        const apart = cuts.filter((cut) => input[cut - 1] !== "\u001b");
        const edges = [0, ...apart.toSorted((one, other) => one - other), input.length];
        const parts = edges.slice(1).flatMap((edge, index) => split(input.slice(edges[index], edge)));
        const of = (kind: string) => parts.flatMap((part) => (part.kind === kind ? [part.text] : [])).join("");
        expect(of("keys")).toBe("ab\u001b[A\rc");
        expect(of("paste")).toBe("one\rtwo");
      }),
    );
  });

  it("holds back no Esc", () => {
    expect(createPasteSplitter()("\u001b")).toEqual([{ kind: "keys", text: "\u001b" }]);
  });
});
