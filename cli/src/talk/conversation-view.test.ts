import { describe, expect, it } from "vitest";
import type { ChatMessage, TimelineRow, TimelineState } from "@chat/client";
import type { PreinitializedWritableAtom } from "nanostores";
import { clientError } from "../testing/fake-chat.ts";
import { FIRST_SENT_AT } from "../testing/fake-client.ts";
import { liveChat, view } from "../testing/open-view.ts";

const DAY_MS = 86_400_000;
const UP = "\u001b[A";
const LEFT = "\u001b[D";

describe("what is on the screen", () => {
  it("shows the last 50 messages, by day, own ones marked", async () => {
    const chat = liveChat();
    for (let index = 0; index < 58; index += 1)
      chat.says("bob", "@bob", `old ${index}`, { sentAt: FIRST_SENT_AT - DAY_MS });
    chat.says("bob", "@bob", "hi", { sentAt: FIRST_SENT_AT });
    chat.says("ada", "@bob", "hello", { sentAt: FIRST_SENT_AT + 60_000 });
    const { terminal } = view("@bob", chat);
    expect((await terminal.screen()).slice(-5)).toEqual([
      " 48 08:00   bob: old 57",
      "── Tuesday, 24 November 2026 ──",
      " 49 08:00   bob: hi",
      " 50 08:01 » ada: hello",
      "@bob>",
    ]);
    expect(terminal.written()).toContain("bob: old 10");
    expect(terminal.written()).not.toContain("bob: old 9\r");
  });

  it("keeps the line and its cursor whole when messages arrive in mid-typing", async () => {
    const chat = liveChat();
    const { terminal } = view("@bob", chat);
    await terminal.type(`half a thought${LEFT}${LEFT}`);
    chat.says("bob", "@bob", "first");
    chat.says("bob", "@bob", "second");
    expect((await terminal.screen()).slice(-3)).toEqual([
      "  1 08:00   bob: first",
      "  2 08:01   bob: second",
      "@bob> half a thought",
    ]);
    expect((await terminal.cursor()).column).toBe("@bob> half a thoug".length);
    await terminal.type("X");
    expect((await terminal.screen()).at(-1)).toBe("@bob> half a thougXht");
  });

  it("measures wide characters by cells", async () => {
    const chat = liveChat();
    const { terminal } = view("@bob", chat, { size: [20, 10] });
    await terminal.type("你好世界你好世界");
    expect((await terminal.screen()).slice(-2)).toEqual(["@bob> 你好世界你好", "世界"]);
    expect((await terminal.cursor()).column).toBe(4);
    chat.says("bob", "@bob", "再见");
    expect((await terminal.screen()).slice(-4)).toEqual([
      "  1 08:00   bob:",
      "            再见",
      "@bob> 你好世界你好",
      "世界",
    ]);
    await terminal.type(`${LEFT}${LEFT}${LEFT}`);
    expect((await terminal.cursor()).column).toBe("@bob> ".length + 10);
  });

  it("draws the line again at another width and prints no message twice", async () => {
    const chat = liveChat();
    chat.says("bob", "@bob", "before");
    const { terminal } = view("@bob", chat);
    await terminal.type("a line of words that is longer than forty columns are");
    await terminal.resize(40, 24);
    expect((await terminal.screen()).slice(-2)).toEqual([
      "@bob> a line of words that is longer th",
      "an forty columns are",
    ]);
    await terminal.resize(80, 24);
    chat.says("bob", "@bob", "after");
    const screen = await terminal.screen();
    expect(screen.slice(-2)).toEqual([
      "  2 08:01   bob: after",
      "@bob> a line of words that is longer than forty columns are",
    ]);
    expect(screen.filter((row) => row.includes("before"))).toHaveLength(1);
    expect(screen.filter((row) => row.includes("forty columns are"))).toHaveLength(1);
  });

  it("finds its first row again when a narrower terminal has broken the rows it drew", async () => {
    const chat = liveChat();
    chat.says("bob", "@bob", "before");
    const { terminal } = view("@bob", chat);
    const words = Array.from({ length: 34 }, (_, index) => `w${index + 10}`).join(" ");
    await terminal.type(words);
    await terminal.resize(40, 24);
    const screen = await terminal.screen();
    const first = screen.findIndex((row) => row.startsWith("@bob> "));
    expect(screen[first - 1]).toBe("  1 08:00   bob: before");
    expect(screen.slice(first).join("").replaceAll(" ", "")).toBe(`@bob>${words}`.replaceAll(" ", ""));
  });

  it("keeps to the part around the cursor of a line taller than the terminal", async () => {
    const { terminal } = view("@bob", liveChat(), { size: [40, 6] });
    await terminal.type(`\u001b[200~${Array.from({ length: 12 }, (_, row) => `row ${row}`).join("\n")}\u001b[201~`);
    expect(await terminal.screen()).toContain("row 11");
    expect((await terminal.screen()).length).toBeLessThanOrEqual(6);
  });

  it("obeys no escape sequence of others and lets no text pose as a message", async () => {
    const chat = liveChat();
    chat.says("bob", "@bob", "a\u001b[2Jb\u001b]0;title\u0007c\n08:02   eve: fake");
    const { terminal } = view("@bob", chat);
    expect((await terminal.screen()).slice(-3)).toEqual([
      "  1 08:00   bob: abc",
      "            08:02   eve: fake",
      "@bob>",
    ]);
    expect(terminal.written()).not.toContain("\u001b]0;");
  });

  it("marks a gap where what was loaded again does not reach back", async () => {
    const chat = liveChat();
    chat.says("bob", "@bob", "before");
    const { terminal } = view("@bob", chat);
    await terminal.screen();
    const { $state } = chat.client.timeline("@bob");
    const { conversation } = (await chat.client.messages.list({ conversation: "@bob" })).messages[0] as ChatMessage;
    const message = { ...chat.says("bob", "#general", "after the gap"), conversation, seq: 40_000 };
    const rows: TimelineRow[] = [{ state: "stored", key: "bob/far", message, items: [] }];
    ($state as PreinitializedWritableAtom<TimelineState>).set({ ...$state.get(), rows, hasOlder: true });
    expect((await terminal.screen()).slice(-4, -1)).toEqual([
      "  1 08:00   bob: before",
      "          * Messages are left out here.",
      "  2 08:01   bob: after the gap",
    ]);
    chat.says("bob", "@bob", "live");
    expect((await terminal.screen()).filter((row) => row.includes("left out"))).toHaveLength(1);
  });

  it("says in the prompt, not in the scroll, that the connection is gone", async () => {
    const chat = liveChat();
    const { terminal } = view("@bob", chat);
    const rows = (await terminal.screen()).length;
    for (let attempt = 1; attempt < 9; attempt += 1) {
      chat.$connection.set({ state: "waiting", attempt, retryAt: 0, reason: "refused" });
      chat.$connection.set({ state: "connecting", attempt: attempt + 1 });
      await terminal.screen();
    }
    chat.$connection.set({ state: "waiting", attempt: 9, retryAt: 0, reason: "refused" });
    expect((await terminal.screen()).at(-1)).toBe("@bob [offline]>");
    chat.$connection.set({ state: "catching-up" });
    expect((await terminal.screen()).at(-1)).toBe("@bob [catching up]>");
    chat.$connection.set({ state: "live" });
    expect((await terminal.screen()).at(-1)).toBe("@bob>");
    expect((await terminal.screen()).length).toBe(rows);
  });

  it("shows who comes and goes, and what happens elsewhere", async () => {
    const chat = liveChat();
    const { terminal } = view("#general", chat);
    chat.does("bob", { kind: "join", room: "#general" });
    chat.does("bobby", { kind: "join", room: "#garden" });
    chat.says("bob", "@bob", "psst");
    expect((await terminal.screen()).slice(-2)).toEqual(["          · bob joined", "#general [1 new elsewhere]>"]);
  });
});

describe("what is typed", () => {
  it("is sent by return, and shown below the scroll until it is stored", async () => {
    const chat = liveChat();
    chat.sending = "waits";
    const { terminal } = view("@bob", chat);
    await terminal.type("on my way\r");
    expect((await terminal.screen()).slice(-2)).toEqual(["waiting     on my way", "@bob>"]);
    chat.sending = "works";
    chat.client.outbox.retry(chat.client.outbox.$items.get()[0]?.clientId ?? "");
    const screen = await terminal.screen();
    expect(screen.at(-2)).toMatch(/^ {2}1 08:\d\d » ada: on my way$/u);
    expect(screen.join("\n")).not.toContain("waiting");
  });

  it("tells once why a message failed, sends it again on /retry and forgets it on /drop", async () => {
    const chat = liveChat();
    chat.sending = clientError("permission_denied", "You are no member.");
    const { terminal } = view("#general", chat);
    await terminal.type("hello\r");
    expect(await terminal.until("Not sent: You are no member.")).toContain("failed      hello");
    chat.sending = "waits";
    await terminal.type("more\r");
    expect((await terminal.screen()).filter((row) => row.includes("Not sent"))).toHaveLength(1);
    chat.sending = clientError("permission_denied", "You are no member.");
    await terminal.type("/retry\r");
    const twice = (await terminal.screen()).filter((row) => row.includes("Not sent"));
    expect(twice).toHaveLength(2);
    await terminal.type("/drop\r");
    expect(await terminal.screen()).not.toContain("failed      hello");
    expect(chat.client.outbox.$items.get().map(({ action }) => (action as { text: string }).text)).toEqual(["more"]);
  });

  it("goes as one message when pasted in several lines", async () => {
    const chat = liveChat();
    const { terminal } = view("@bob", chat);
    await terminal.type("see: \u001b[200~one\r\ntwo\u001b[2J\tthree\u001b[201~");
    expect((await terminal.screen()).slice(-2)).toEqual(["@bob> see: one", "two[2J    three"]);
    await terminal.type("!\r");
    expect((await chat.client.messages.list()).messages.map(({ text }) => text)).toEqual(["see: one\ntwo[2J\tthree!"]);
  });

  it("has more lines by Alt-Return", async () => {
    const chat = liveChat();
    const { terminal } = view("@bob", chat);
    await terminal.type("one\u001b\rtwo");
    expect((await terminal.screen()).slice(-2)).toEqual(["@bob> one", "two"]);
    await terminal.type("\r");
    expect((await chat.client.messages.list()).messages.map(({ text }) => text)).toEqual(["one\ntwo"]);
  });

  it("stays when it is too long, unknown as a command or refused", async () => {
    const chat = liveChat();
    const { terminal } = view("@bob", chat, { size: [80, 200] });
    await terminal.type(`\u001b[200~${"é".repeat(10_001)}\u001b[201~\r`);
    expect((await terminal.screen()).join("\n")).toContain("at most 10000 characters, this one has 10001");
    expect(chat.client.outbox.$items.get()).toEqual([]);
    await terminal.type("\u0015/nope here\r");
    expect((await terminal.screen()).slice(-2)).toEqual(["            text.", "@bob> /nope here"]);
    await terminal.type("\u0015/dm @nobody hi\r");
    expect((await terminal.screen()).slice(-2)).toEqual([
      "          ! There is nobody called @nobody.",
      "@bob> /dm @nobody hi",
    ]);
    expect((await chat.client.messages.list()).messages).toEqual([]);
  });

  it("takes 10,000 characters of four bytes", async () => {
    const chat = liveChat();
    const { terminal } = view("@bob", chat);
    await terminal.type(`\u001b[200~${"𝒳".repeat(10_000)}\u001b[201~\r`);
    expect((await chat.client.messages.list()).messages).toHaveLength(1);
  });

  it("comes back from the history, and as a draft", async () => {
    const chat = liveChat();
    const history: string[] = [];
    const first = view("@bob", chat, { history });
    await first.terminal.type("said before\runfinished");
    first.abort.abort(new Error("left"));
    await expect(first.end).rejects.toThrow("left");
    const second = view("@bob", chat, { history });
    expect((await second.terminal.screen()).at(-1)).toBe("@bob> unfinished");
    await second.terminal.type(`\u0015${UP}`);
    expect((await second.terminal.screen()).at(-1)).toBe("@bob> said before");
  });

  it("goes elsewhere with /msg and stays here", async () => {
    const chat = liveChat();
    const { terminal } = view("#general", chat);
    await terminal.type("/msg bob psst\r");
    expect((await terminal.until("Sent to @bob.")).at(-1)).toBe("#general>");
    expect((await chat.client.messages.list({ conversation: "@bob" })).messages.map(({ text }) => text)).toEqual([
      "psst",
    ]);
  });

  it("is completed by Tab", async () => {
    const { terminal } = view("#general", liveChat());
    await terminal.type("/roo\t");
    expect((await terminal.screen()).at(-1)).toBe("#general> /rooms");
    await terminal.type("\u0015/ret\t");
    expect((await terminal.screen()).at(-1)).toBe("#general> /retry");
    await terminal.type("\u0015/d\t");
    expect((await terminal.screen()).slice(-2)).toEqual(["#general> /d", "/del  /dm  /drop"]);
  });
});

describe("leaving", () => {
  it.each(["exit\r", "/quit\r", "\u0004", "\u0003\u0003"])("ends on %j", async (keys) => {
    const { terminal, end } = view("@bob", liveChat());
    await terminal.type(keys);
    await expect(end).resolves.toEqual({ next: "quit" });
    expect(terminal.raw).toBe(false);
    expect(terminal.written()).toContain("\u001b[?2004l");
    expect((await terminal.screen()).join("\n")).not.toContain("@bob>");
  });

  it("asks once on Ctrl-C and keeps the text; other keys take it back", async () => {
    const { terminal, end } = view("@bob", liveChat());
    let left = false;
    end.then(() => (left = true)).catch(() => {});
    await terminal.type("text\u0003");
    expect((await terminal.screen()).slice(-2)).toEqual(["@bob> text", "Press Ctrl-C again to leave"]);
    await terminal.type("s");
    await terminal.type("\u0003");
    expect(left).toBe(false);
    expect((await terminal.screen()).slice(-2)).toEqual(["@bob> texts", "Press Ctrl-C again to leave"]);
  });

  it("goes back to the list by Esc on an empty line, and never deletes text", async () => {
    const { terminal, end } = view("@bob", liveChat());
    await terminal.type("text\u001b");
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await terminal.screen()).at(-1)).toBe("@bob> text");
    await terminal.type("\u0015");
    await terminal.type("\u001b");
    await expect(end).resolves.toEqual({ next: "pick" });
  });

  it("ends at the end of the input, and when the session ends", async () => {
    const first = view("@bob", liveChat());
    first.terminal.input.end();
    await expect(first.end).resolves.toEqual({ next: "quit" });
    const chat = liveChat();
    const second = view("@bob", chat);
    chat.endSession();
    await expect(second.end).resolves.toEqual({ next: "signed-out" });
  });

  it("goes to a room with /join, to what is new with /next, and leaves with /leave", async () => {
    const chat = liveChat();
    const first = view("@bob", chat);
    await first.terminal.type("/join garden\r");
    await expect(first.end).resolves.toEqual({ next: "go", address: "#garden" });
    const second = view("#garden", chat);
    chat.says("bob", "@bob", "psst");
    await second.terminal.type("/next\r");
    await expect(second.end).resolves.toEqual({ next: "go", address: "@bob" });
    const third = view("#garden", chat);
    await third.terminal.type("/leave\r");
    await expect(third.end).resolves.toEqual({ next: "pick" });
    expect(chat.calls.map((call) => call.split(" ")[0])).toEqual(["join", "leave"]);
  });
});
