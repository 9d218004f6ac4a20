import { describe, expect, it } from "vitest";
import { readTalkInput, SLASH_COMMANDS, talkHelp } from "./slash-commands.ts";

describe("a submitted line", () => {
  it.each([
    ["", { kind: "nothing" }],
    ["   ", { kind: "nothing" }],
    ["hello  ", { kind: "say", text: "hello" }],
    ["  indented", { kind: "say", text: "  indented" }],
    ["exit", { kind: "quit" }],
    ["exit now", { kind: "say", text: "exit now" }],
    ["?", { kind: "help" }],
    ["//join us", { kind: "say", text: "/join us" }],
    ["/me waves", { kind: "say", text: "/me waves" }],
    ["/join #Garden", { kind: "join", room: "garden" }],
    ["/join garden", { kind: "join", room: "garden" }],
    ["/leave", { kind: "leave", room: "general" }],
    ["/dm bob", { kind: "go", to: "@bob" }],
    ["/dm @bob one\ntwo", { kind: "go", to: "@bob", text: "one\ntwo" }],
    ["/msg #garden hi all", { kind: "tell", to: "#garden", text: "hi all" }],
    ["/quit", { kind: "quit" }],
  ])("%j is understood", (line, input) => {
    expect(readTalkInput(line, "#general")).toEqual(input);
  });

  it.each(["/nope", "/join", "/join !", "/msg bob", "/msg", "/me", "/constructor", "/"])("%j is a mistake", (line) => {
    expect(() => readTalkInput(line, "#general")).toThrow(expect.objectContaining({ exitCode: 2 }) as Error);
  });

  it("cannot leave a person", () => {
    expect(() => readTalkInput("/leave", "@bob")).toThrow("Name one");
  });

  it("is in the help, whatever it can be", () => {
    for (const name of Object.keys(SLASH_COMMANDS)) expect(talkHelp().join("\n")).toContain(`/${name}`);
  });
});
