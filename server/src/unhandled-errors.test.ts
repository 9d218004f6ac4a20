import { pino } from "pino";
import { expect, it } from "vitest";
import { createUnhandledErrors } from "./unhandled-errors.ts";

it("logs and counts an error that nothing handled, and drops its request", () => {
  const lines: string[] = [];
  let dropped = 0;
  const errors = createUnhandledErrors({
    logger: pino({}, { write: (line: string) => void lines.push(line) }),
    dropRequest: () => void dropped++,
  });
  errors.caught(new Error("planted"));
  expect([errors.total, dropped, errors.burst()]).toEqual([1, 1, undefined]);
  expect(lines.join("")).toContain("planted");
});

it("tells a burst, which is over when a minute was quiet", () => {
  let time = 0;
  let lines = 0;
  const errors = createUnhandledErrors({
    logger: pino({}, { write: () => void lines++ }),
    dropRequest: () => {},
    now: () => time,
  });
  for (let count = 0; count < 20; count++) errors.caught(new Error("planted"));
  expect(errors.burst()).toBeUndefined();
  for (let count = 0; count < 100; count++) errors.caught("not even an error");
  expect(errors.burst()).toContain("more than 20 errors");
  expect([errors.total, lines]).toEqual([120, 20]);
  time = 60_000;
  expect(errors.burst()).toBeUndefined();
});
