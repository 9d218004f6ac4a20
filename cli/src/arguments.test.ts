import { describe, expect, it } from "vitest";
import { parseLine } from "./arguments.ts";
import { COMMANDS } from "./commands/list.ts";
import { talk } from "./commands/talk.ts";
import { parseDuration, parseSince } from "./time-input.ts";

const parse = (...args: string[]) => parseLine(args, COMMANDS, talk);

describe("a command line", () => {
  it("takes an address for a command", () => {
    expect(parse("@bob")).toMatchObject({ command: { name: "talk" }, positionals: ["@bob"] });
    expect(parse("--profile", "work", "#general")).toMatchObject({
      values: { profile: "work" },
      positionals: ["#general"],
    });
  });

  it("finds the command behind the options of every command", () => {
    expect(parse("--profile", "send", "send", "@bob", "-m", "hi")).toMatchObject({
      command: { name: "send" },
      values: { profile: "send", message: "hi" },
      positionals: ["@bob"],
    });
  });

  it("names no command where there is none", () => {
    expect(parse("--version")).toMatchObject({ command: undefined, values: { version: true } });
  });

  it("checks no words when help is wanted", () => {
    expect(parse("send", "--help")).toMatchObject({ command: { name: "send" }, values: { help: true } });
  });

  it.each([[["send"]], [["whoami", "x"]], [["--nope"]], [["nope"]], [["read", "--limit"]]])("refuses %j", (args) => {
    expect(() => parse(...args)).toThrow(expect.objectContaining({ exitCode: 2 }) as Error);
  });
});

describe("times", () => {
  it("counts durations back from now and takes dates as they are", () => {
    expect(parseSince("2h", "--since", 10_000_000)).toBe(2_800_000);
    expect(parseSince("2026-11-24T08:00:00Z", "--since", 0)).toBe(Date.UTC(2026, 10, 24, 8));
    expect(parseDuration("1.5s", "--timeout")).toBe(1_500);
  });

  it.each(["yesterday", "12", "2026", "2026-99-99"])("refuses %j", (text) => {
    expect(() => parseSince(text, "--since", 0)).toThrow("--since takes");
  });
});
