import { describe, expect, it } from "vitest";
import { clientError, type FakeChat } from "../testing/fake-chat.ts";
import { liveChat, view } from "../testing/open-view.ts";
import { createMessageNumbers } from "./message-numbers.ts";

describe("what people do to messages", () => {
  const conversationOf = async (chat: FakeChat, address: string) =>
    (await chat.client.messages.list({ conversation: address })).messages;

  it("is addressed by the numbers beside them, which stay when the conversation is opened again", async () => {
    const chat = liveChat();
    chat.says("bob", "@bob", "one");
    const numbers = createMessageNumbers();
    const first = view("@bob", chat, { numbers });
    chat.says("bob", "@bob", "two");
    expect((await first.terminal.screen()).slice(-3)).toEqual([
      "  1 08:00   bob: one",
      "  2 08:01   bob: two",
      "@bob>",
    ]);
    first.abort.abort(new Error("left"));
    const second = view("@bob", chat, { numbers });
    expect(await second.terminal.screen()).toContain("  2 08:01   bob: two");
    await second.terminal.type("/react 1 👍\r");
    expect(await second.terminal.screen()).toContain("          · ada reacted to 1 with 👍");
    await second.terminal.type("/react 7 👍\r");
    await second.terminal.until("No message on the screen has the number 7.");
  });

  it("shows the answered message above an answer, and reactions and pins below", async () => {
    const chat = liveChat();
    const { seq } = chat.says("bob", "@bob", "who comes along?\nnow");
    chat.does("ada", { kind: "react", seq, emoji: "👍" });
    chat.does("bob", { kind: "react", seq, emoji: "👍" });
    chat.does("bob", { kind: "react", seq, emoji: "❤️" });
    chat.does("bob", { kind: "pin", seq });
    const { terminal } = view("@bob", chat);
    await terminal.type("/reply 1 I do\r");
    expect((await terminal.screen()).slice(-6)).toEqual([
      "  1 08:00   bob: who comes along?",
      "            now",
      "            pinned  👍 2  ❤️ 1",
      "          ┌ 1 bob: who comes along? now",
      "  2 08:01 » ada: I do",
      "@bob>",
    ]);
    expect((await conversationOf(chat, "@bob")).at(-1)?.replyTo).toBe(seq);
  });

  it("is readable at 40 columns", async () => {
    const chat = liveChat();
    const { seq } = chat.says("bob", "@bob", "a question of more than one row at this width");
    const { terminal } = view("@bob", chat, { size: [40, 15] });
    await terminal.type("/reply an answer\r");
    chat.does("bob", { kind: "edit", seq, text: "another question" });
    const screen = await terminal.screen();
    expect(screen.slice(-7)).toEqual([
      "  1 08:00   bob: a question of more",
      "            than one row at this width",
      "          ┌ 1 bob: a question of…",
      "  2 08:01 » ada: an answer",
      "          · bob edited 1: another",
      "            question",
      "@bob>",
    ]);
    expect(screen[0]).toBe("@bob  bob Smith  ? helps, Esc goes");
  });

  it("tells in a line what becomes of a message that stands further up", async () => {
    const chat = liveChat();
    const { seq } = chat.says("bob", "#general", "first");
    const { terminal } = view("#general", chat);
    chat.does("bob", { kind: "edit", seq, text: "second" });
    chat.does("bob", { kind: "react", seq, emoji: "🎉" });
    chat.does("bob", { kind: "unreact", seq, emoji: "🎉" });
    chat.does("bobby", { kind: "pin", seq });
    chat.does("bobby", { kind: "unpin", seq });
    chat.does("bob", { kind: "delete", seq });
    expect((await terminal.screen()).slice(-7)).toEqual([
      "          · bob edited 1: second",
      "          · bob reacted to 1 with 🎉",
      "          · bob took 🎉 back from 1",
      "          · bobby pinned 1: second",
      "          · bobby unpinned 1",
      "          · bob deleted 1",
      "#general>",
    ]);
  });

  it("marks what is edited or deleted when it is shown", async () => {
    const chat = liveChat();
    chat.does("bob", { kind: "edit", seq: chat.says("bob", "@bob", "one").seq, text: "1" });
    chat.does("bob", { kind: "delete", seq: chat.says("bob", "@bob", "secret").seq });
    const { terminal } = view("@bob", chat);
    expect((await terminal.screen()).slice(-3)).toEqual([
      "  1 08:00   bob: 1 (edited)",
      "  2 08:01   bob: (deleted)",
      "@bob>",
    ]);
    expect(terminal.written()).not.toContain("secret");
  });

  it("edits by number, or brings the text of the last own one to the line", async () => {
    const chat = liveChat();
    chat.says("ada", "@bob", "tpyo");
    chat.says("ada", "@bob", "last");
    chat.says("bob", "@bob", "not mine");
    const { terminal } = view("@bob", chat);
    await terminal.type("/edit 1 typo\r");
    expect(await terminal.screen()).toContain("          · ada edited 1: typo");
    await terminal.type("/edit\r");
    expect((await terminal.screen()).slice(-2)).toEqual(["edit 2> last", "Return saves, Esc cancels"]);
    await terminal.type(" words\r");
    expect(await terminal.until("ada edited 2: last words")).toContain("@bob>");
    await terminal.type("/edit 3\r");
    await terminal.until("Only messages of your own can be edited.");
    expect((await conversationOf(chat, "@bob")).map(({ text }) => text)).toEqual(["typo", "last words", "not mine"]);
  });

  it("gives an edit up on Esc: the line is empty again, and what stood there is no draft", async () => {
    const chat = liveChat();
    chat.says("ada", "@bob", "as it was");
    const { terminal, end } = view("@bob", chat);
    let left = false;
    end.then(() => (left = true)).catch(() => {});
    await terminal.type("/edit 1\r");
    await terminal.type("\u0015other words");
    expect((await terminal.screen()).slice(-2)).toEqual(["edit 1> other words", "Return saves, Esc cancels"]);
    await terminal.type("\u001b");
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await terminal.screen()).at(-1)).toBe("@bob>");
    expect(left).toBe(false);
    expect((await conversationOf(chat, "@bob"))[0]?.text).toBe("as it was");
    expect(chat.client.drafts.get("@bob")).toBe("");
  });

  it("deletes only after a yes", async () => {
    const chat = liveChat();
    chat.says("ada", "@bob", "oops");
    const { terminal } = view("@bob", chat);
    await terminal.type("/del 1\r");
    expect((await terminal.screen()).slice(-2)).toEqual(["delete 1? y/N>", "“oops” It is gone for good. Esc cancels."]);
    await terminal.type("\r");
    await terminal.until("Not deleted.");
    await terminal.type("/del 1\ry\r");
    await terminal.until("· ada deleted 1");
    expect((await conversationOf(chat, "@bob"))[0]).toMatchObject({ deleted: true, text: "" });
  });

  it("reacts by the name of an emoji, which Tab completes", async () => {
    const chat = liveChat();
    chat.says("bob", "@bob", "done");
    const { terminal } = view("@bob", chat);
    await terminal.until("bob: done");
    await new Promise((resolve) => setTimeout(resolve, 50));
    await terminal.type("/react 1 :thumbsu\t");
    expect((await terminal.screen()).at(-1)).toBe("@bob> /react 1 👍");
    await terminal.type("\r");
    await terminal.until("ada reacted to 1 with 👍");
    await terminal.type("/react :heart:\r");
    await terminal.until("ada reacted to 1 with ❤️");
    await terminal.type("/unreact +1\r");
    await terminal.until("ada took 👍 back from 1");
    await terminal.type("/react nonsense\r");
    await terminal.until('"nonsense" is no emoji');
    await terminal.type("\u0015nice :tada:\t");
    await terminal.type("\r");
    await terminal.until("ada: nice 🎉");
  });

  it("pins and lists pins", async () => {
    const chat = liveChat();
    chat.says("bob", "#general", "the rules");
    const { terminal } = view("#general", chat);
    await terminal.type("/pin 1\r");
    await terminal.until("· ada pinned 1: the rules");
    await terminal.type("/pins\r");
    await terminal.until("bob: the rules");
    await terminal.type("/unpin\r");
    await terminal.until("· ada unpinned 1");
  });

  it("keeps a refused one, says what it was, and drops it", async () => {
    const chat = liveChat();
    chat.says("bob", "@bob", "one");
    chat.sending = clientError("failed_precondition", "This message is deleted.");
    const { terminal } = view("@bob", chat);
    await terminal.type("/react 1 👍\r");
    expect(await terminal.until("Not done (react 👍 1): This message is deleted.")).toContain("failed      react 👍 1");
    await terminal.type("/drop\r");
    expect(await terminal.screen()).not.toContain("failed      react 👍 1");
    expect(chat.client.outbox.$items.get()).toEqual([]);
  });
});

describe("rooms and people", () => {
  it("shows renames, topics and who is there", async () => {
    const chat = liveChat();
    chat.says("bob", "#general", "hi");
    const { terminal } = view("#general", chat);
    await terminal.type("/topic What is new\r");
    await terminal.until("· ada set the topic: What is new");
    await terminal.type("/rename #news\r");
    await terminal.until("· ada renamed this room: #news");
    expect((await terminal.screen()).at(-1)).toBe("#news>");
    chat.renames("bob", "robert");
    await terminal.until("· bob is now @robert");
    await terminal.type("/who\r");
    await terminal.until("* @ada  ada Smith");
    await terminal.type("still here\r");
    await terminal.until("ada: still here");
  });

  it("marks what is on the screen as seen", async () => {
    const chat = liveChat();
    chat.says("bob", "@bob", "psst");
    view("@bob", chat);
    expect(chat.client.conversations.$state.get().conversations[0]).toMatchObject({ address: "@bob", unseen: 0 });
  });
});

describe("older messages", () => {
  it("come by /older and Page Up, down to the beginning, and are numbered", async () => {
    const chat = liveChat();
    for (let index = 0; index < 75; index += 1) chat.says("bob", "@bob", `old ${index}`);
    const { terminal } = view("@bob", chat, { size: [80, 60] });
    await terminal.until("bob: old 74");
    expect(terminal.written()).not.toContain("bob: old 24");
    await terminal.type("/older\r");
    const screen = await terminal.until("back to the newest");
    expect(screen.filter((row) => /^ \d\d .*bob: old (5|24)$/u.test(row))).toHaveLength(2);
    expect(terminal.written()).not.toContain("bob: old 4\r");
    await terminal.type("\u001b[5~");
    await terminal.until("bob: old 0");
    await terminal.type("\u001b[5~");
    await terminal.until("This is the beginning.");
    chat.says("bob", "@bob", "new");
    await terminal.until("bob: new");
    expect(terminal.written().split("bob: old 74")).toHaveLength(2);
  });

  it("are shown around a message that is answered", async () => {
    const chat = liveChat();
    const first = chat.says("bob", "@bob", "the question");
    for (let index = 0; index < 60; index += 1) chat.says("bob", "@bob", `more ${index}`);
    chat.says("bob", "@bob", "the answer", { replyTo: first.seq });
    const { terminal } = view("@bob", chat, { size: [80, 40] });
    await terminal.until("┌ a message further up");
    await terminal.type("/goto\r");
    await terminal.until("bob: the question");
  });
});

describe("a terminal that only prints lines", () => {
  it("gets no escape sequence, and sends the lines that come", async () => {
    const chat = liveChat();
    chat.says("bob", "@bob", "hi");
    const { terminal, end } = view("@bob", chat, { plain: true });
    await terminal.type("hello there\n");
    await terminal.until("ada: hello there");
    await terminal.type("/edit 2\n");
    await terminal.until("An empty line gives it up.");
    await terminal.type("hello you\n");
    await terminal.until("ada edited 2: hello you");
    await terminal.type("/del\n");
    await terminal.type("\n");
    await terminal.type("exit\n");
    await expect(end).resolves.toEqual({ next: "quit" });
    expect(terminal.written()).not.toContain("\u001b");
    expect(terminal.raw).toBe(false);
  });
});
