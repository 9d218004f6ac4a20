import { expect, it } from "vitest";
import { missing } from "./sometimes.ts";

it("names what many worlds have not reached, and asks nothing of a few", () => {
  const all = new Map(missing(new Map(), 1_000).map((what) => [what, 1]));
  expect(all.size).toBeGreaterThan(40);
  expect(missing(all, 1_000)).toEqual([]);
  all.delete("an election");
  all.delete("refused: NOT_YOURS");
  expect(missing(all, 1_000)).toEqual(["an election", "refused: NOT_YOURS"]);
  expect(missing(new Map(), 10)).toEqual([]);
});
