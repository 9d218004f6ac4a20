import { expect, it } from "vitest";
import { parseSimArguments } from "./arguments.ts";

it("reads what to simulate", () => {
  expect(parseSimArguments([])).toMatchObject({ from: 1, seeds: 200, seed: undefined, trace: false, shrink: true });
  expect(parseSimArguments(["--seeds", "1000", "--from", "7"])).toMatchObject({ seeds: 1_000, from: 7 });
  expect(parseSimArguments(["--hours", "0.5"])).toMatchObject({ seeds: Infinity, hours: 0.5 });
  expect(parseSimArguments(["--seed", "42", "--trace", "--no-shrink"])).toMatchObject({
    seed: 42,
    trace: true,
    shrink: false,
  });
});

it.each([
  [["--seeds", "0"], "--seeds must be"],
  [["--from", "1.5"], "--from must be"],
  [["--seed", "x"], "--seed must be"],
  [["--trace"], "--trace needs --seed"],
  [["--speed", "9"], "--speed"],
])("refuses %j", (args, words) => {
  expect(() => parseSimArguments(args)).toThrow(words);
});
