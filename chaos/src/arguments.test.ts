import { expect, it } from "vitest";
import { parseChaosArguments } from "./arguments.ts";

it("takes a minute on NATS with a seed of its own choice where nothing is said", () => {
  expect(parseChaosArguments([])).toEqual({ engine: "nats", seconds: 60, keep: false, help: false });
});

it("takes what is said", () => {
  const args = ["--seconds", "120", "--seed", "7", "--engine", "embedded", "--only", "kill-node,flip-bit", "--keep"];
  expect(parseChaosArguments(args)).toEqual({
    engine: "embedded",
    seconds: 120,
    seed: 7,
    only: ["kill-node", "flip-bit"],
    keep: true,
    help: false,
  });
});

it("names what it can't take", () => {
  expect(() => parseChaosArguments(["--seconds", "soon"])).toThrow("--seconds");
  expect(() => parseChaosArguments(["--engine", "redis"])).toThrow("--engine");
  expect(() => parseChaosArguments(["--sed", "7"])).toThrow("--sed");
});
