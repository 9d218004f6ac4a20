import { readFile, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { liveChat, view } from "../testing/open-view.ts";
import { editorCommand, editText, openEditor } from "./external-editor.ts";

const ESC = "\u001b";
/** What is asked of the fake editor, and what it answers. */
function fakeEditor(...answers: (string | Error)[]) {
  const given: string[] = [];
  const edit = async (text: string) => {
    given.push(text);
    const answer = answers.shift() ?? "";
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { given, edit };
}

describe("the editor of the person", () => {
  it("is VISUAL, else EDITOR, else none", () => {
    expect(editorCommand({ VISUAL: "vi", EDITOR: "ed" })).toBe("vi");
    expect(editorCommand({ VISUAL: " ", EDITOR: "ed -s" })).toBe("ed -s");
    expect(editorCommand({ EDITOR: "" })).toBeUndefined();
  });

  it("gets the text in a file of its own and gives it back", async () => {
    let seen = "";
    const text = await editText("one\ntwo", "ed", async (_command, file) => {
      seen = await readFile(file, "utf8");
      await writeFile(file, "three\r\nfour\r\n\r\n");
      return 0;
    });
    expect([seen, text]).toEqual(["one\ntwo\n", "three\nfour"]);
    await expect(editText("one", "ed", () => Promise.resolve(1))).rejects.toThrow('The editor "ed" failed.');
  });

  it("may be a command with arguments", async () => {
    const text = await editText("one", "sed -i s/one/two/", openEditor);
    expect(text).toBe("two");
  });

  it("writes the new text of a message", async () => {
    const chat = liveChat();
    chat.says("ada", "@bob", "helo");
    const editor = fakeEditor("hello");
    const { terminal } = view("@bob", chat, { editText: editor.edit });
    await terminal.until("helo");
    await terminal.type("/edit\r");
    await terminal.until("edited 1: hello");
    expect(editor.given).toEqual(["helo"]);
  });

  it("writes an answer, and keeps what came meanwhile off the screen until it has ended", async () => {
    const chat = liveChat();
    chat.says("bob", "@bob", "why?");
    const ended = Promise.withResolvers<string>();
    const { terminal } = view("@bob", chat, { editText: () => ended.promise });
    await terminal.until("why?");
    await terminal.type("/reply 1\r");
    expect(terminal.raw).toBe(false);
    const before = terminal.written();
    chat.says("bob", "@bob", "well?");
    await terminal.screen();
    expect(terminal.written()).toBe(before);
    ended.resolve("because");
    const screen = await terminal.until("» ada: because");
    expect(screen.join("\n")).toContain("bob: well?");
    expect(terminal.raw).toBe(true);
    await terminal.type("next");
    await terminal.until("@bob> next");
  });

  it("changes nothing where it fails or nothing was written", async () => {
    const chat = liveChat();
    chat.says("bob", "@bob", "why?");
    const editor = fakeEditor("", new Error("It failed."));
    const { terminal } = view("@bob", chat, { editText: editor.edit });
    await terminal.until("why?");
    await terminal.type("/reply\r");
    await terminal.until("nothing has changed");
    await terminal.type("/reply\r");
    await terminal.until("It failed.");
    expect(chat.calls.filter((call) => call.includes("because"))).toEqual([]);
  });

  it("loses no text that is refused: it comes to the line", async () => {
    const chat = liveChat();
    chat.says("bob", "@bob", "why?");
    const { terminal } = view("@bob", chat, { editText: fakeEditor(`${"long ".repeat(3)}${"x".repeat(10_001)}`).edit });
    await terminal.until("why?");
    await terminal.type("/reply\r");
    await terminal.until("xxx");
    expect(terminal.written()).toContain("A message has at most 10000 characters");
    await terminal.type(ESC);
  });

  it("is named where none is set", async () => {
    const chat = liveChat();
    chat.says("bob", "@bob", "why?");
    chat.says("ada", "@bob", "because");
    const { terminal } = view("@bob", chat);
    await terminal.until("because");
    await terminal.type("/reply\r");
    await terminal.until("set EDITOR");
    await terminal.type("\u0015/edit\r");
    await terminal.until("edit 2> because");
    await terminal.until("Return saves, Esc cancels");
  });
});
