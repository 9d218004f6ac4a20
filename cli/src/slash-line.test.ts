import { describe, expect, it } from "vitest";
import { COMMANDS } from "./commands/list.ts";
import { readSlashLine, talkHelp } from "./slash-line.ts";

const read = (line: string) => readSlashLine(line, COMMANDS);

describe("a submitted line", () => {
  it.each([
    ["", { kind: "nothing" }],
    ["   ", { kind: "nothing" }],
    ["hello  ", { kind: "say", text: "hello" }],
    ["  indented", { kind: "say", text: "  indented" }],
    ["exit", { kind: "command", name: "quit" }],
    ["exit now", { kind: "say", text: "exit now" }],
    ["?", { kind: "command", name: "help" }],
    ["//join us", { kind: "say", text: "/join us" }],
    ["/me waves", { kind: "command", name: "me", rest: "waves" }],
    ["/dm @bob one\ntwo", { kind: "command", name: "dm", rest: "@bob one\ntwo" }],
    ["/edit 12  new text", { kind: "command", name: "edit", rest: "12  new text" }],
    ["/quit", { kind: "command", name: "quit", rest: "" }],
  ])("%j is understood", (line, input) => {
    expect(read(line)).toMatchObject(input);
  });

  it.each(["/nope", "/constructor", "/", "/login"])("%j is a mistake", (line) => {
    expect(() => read(line)).toThrow(expect.objectContaining({ exitCode: 2 }) as Error);
  });
});

describe("the one table of commands", () => {
  it("is in the help of conversations, whatever can be typed there", () => {
    for (const { name, talk } of COMMANDS) {
      if (talk !== undefined) expect(talkHelp(COMMANDS).join("\n")).toContain(`/${name}`);
    }
  });

  it("names each command once, and each can be run somewhere", () => {
    expect(new Set(COMMANDS.map(({ name }) => name)).size).toBe(COMMANDS.length);
    for (const { run, talk } of COMMANDS) expect(run ?? talk).toBeDefined();
  });

  it("has in both places what one does to a message", () => {
    const both = COMMANDS.filter(({ run, talk }) => run !== undefined && talk !== undefined).map(({ name }) => name);
    expect(both).toEqual(
      expect.arrayContaining(["reply", "edit", "del", "react", "unreact", "pin", "unpin", "pins", "versions", "who"]),
    );
  });
});
