import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { clientError, type FakeChat } from "../testing/fake-chat.ts";
import { createFakeChat } from "../testing/fake-client.ts";
import { createFakeTerminal, type FakeTerminal } from "../testing/fake-terminal.ts";
import { startCli } from "../testing/run-cli.ts";

const ENTER = "\r";
const UP = "\u001b[A";
const DOWN = "\u001b[B";
const ESC = "\u001b";

async function talk(args: string[], chat: FakeChat) {
  const terminal = createFakeTerminal();
  const run = await startCli(args, { chat, terminal });
  return { terminal, run };
}

async function signInByHand(terminal: FakeTerminal): Promise<void> {
  await terminal.until("You are not signed in");
  await terminal.type(ENTER);
  await terminal.until("◆  Handle or e-mail");
  await terminal.type(`ada${ENTER}`);
  await terminal.until("◆  Password");
  await terminal.type(`000000${ENTER}`);
}

describe("talking", () => {
  it("signs in first, asks again after a wrong password, then offers the conversations", async () => {
    const chat = createFakeChat({ joined: ["general"] });
    const { terminal, run } = await talk([], chat);
    await terminal.until("You are not signed in");
    await terminal.type(ENTER);
    for (const password of ["wrong", "000000"]) {
      await terminal.until("◆  Handle or e-mail");
      await terminal.type(`ada${ENTER}`);
      await terminal.until("◆  Password");
      await terminal.type(`${password}${ENTER}`);
      if (password === "wrong") await terminal.until("The name or the password is wrong.");
    }
    await terminal.until("whom do you want to talk to?");
    expect(chat.calls.filter((call) => call.startsWith("login"))).toEqual(["login ada", "login ada"]);
    await terminal.type(ENTER);
    await terminal.until("#general>");
    await terminal.type("hello\r");
    await terminal.until("» ada: hello");
    await terminal.type("exit\r");
    expect(await run.exitCode).toBe(0);
    expect(terminal.raw).toBe(false);
  });

  it("makes an account and shows a refusal beside the question", async () => {
    const chat = createFakeChat();
    const { terminal, run } = await talk([], chat);
    await terminal.until("You are not signed in");
    await terminal.type(`${DOWN}${ENTER}`);
    for (const answer of ["ada", "eve@example.com", "long enough", "long enough", ""]) {
      await terminal.type(`${answer}${ENTER}`);
      await terminal.screen();
    }
    await terminal.until("◆  Handle (how others address you) - This handle is taken.");
    await terminal.type(`2${ENTER}`);
    await terminal.until("@ada2, whom");
    await terminal.type(ESC);
    await terminal.until("Leave chat?");
    await terminal.type("y");
    expect(await run.exitCode).toBe(0);
    expect(chat.calls.filter((call) => call.startsWith("register"))).toEqual([
      "register ada eve@example.com",
      "register ada2 eve@example.com",
    ]);
  });

  it("ends with 130 when nobody signs in", async () => {
    const { terminal, run } = await talk([], createFakeChat());
    await terminal.until("You are not signed in");
    await terminal.type("\u0003");
    expect(await run.exitCode).toBe(130);
  });

  it("lists conversations newest first and comes back to them by Esc", async () => {
    const chat = createFakeChat({ self: "ada" });
    chat.says("bobby", "@bobby", "older");
    chat.says("bob", "@bob", "newer\nof two lines");
    const { terminal, run } = await talk([], chat);
    const screen = await terminal.until("Quit");
    const rows = screen.filter((row) => row.includes("@bob"));
    expect(rows.map((row) => row.replace(/^.*(@\w+)  .*?  +/u, "$1 "))).toEqual([
      "@bob newer of two lines",
      "@bobby older",
    ]);
    await terminal.type(`${DOWN}${ENTER}`);
    await terminal.until("@bobby [1 new elsewhere]>");
    await terminal.type(ESC);
    await terminal.until("◆  @ada, whom");
    await terminal.type(`${UP}${ENTER}`);
    expect(await run.exitCode).toBe(0);
  });

  it("finds somebody else by handle, with suggestions for a part of it", async () => {
    const { terminal, run } = await talk([], createFakeChat({ self: "ada" }));
    await terminal.until("Somebody else");
    await terminal.type(ENTER);
    await terminal.until("Whose handle?");
    await terminal.type(`bo${ENTER}`);
    await terminal.until('Nobody is called "bo". There is @bob, @bobby.');
    await terminal.type(`b${ENTER}`);
    await terminal.until("@bob>");
    await terminal.type("\u0004");
    expect(await run.exitCode).toBe(0);
  });

  it("goes straight to an address; joins a room only when told to", async () => {
    const chat = createFakeChat({ self: "ada", rooms: ["garden"] });
    const { terminal } = await talk(["#garden"], chat);
    await terminal.until("You are not in #garden. Join it?");
    expect(chat.calls.join()).not.toContain("join");
    await terminal.type("y");
    await terminal.until("#garden>");
    expect(chat.calls.join()).toContain("join");
    const other = await talk(["@nobody"], createFakeChat({ self: "ada" }));
    await other.terminal.until("There is nobody called @nobody.");
    await other.terminal.until("whom do you want to talk to?");
  });

  it("makes a room", async () => {
    const chat = createFakeChat({ self: "ada" });
    const { terminal } = await talk([], chat);
    await terminal.until("A room");
    await terminal.type(`${DOWN}${ENTER}`);
    await terminal.until("Make a new room");
    await terminal.type(ENTER);
    await terminal.until("Name of the new room");
    await terminal.type(`No Name${ENTER}`);
    await terminal.until("2 to 32 of a-z");
    await terminal.type(`\u0015cellar${ENTER}`);
    await terminal.until("What is it about?");
    await terminal.type(ENTER);
    await terminal.until("#cellar>");
    expect((await chat.client.rooms.list()).rooms.map(({ address }) => address)).toContain("#cellar");
  });

  it("opens offline, and what is written waits", async () => {
    const chat = createFakeChat({ self: "ada" });
    chat.failure = clientError("unavailable", "The server can't be reached.");
    chat.sending = "waits";
    const { terminal, run } = await talk(["@bob"], chat);
    await terminal.until("@bob>");
    chat.$connection.set({ state: "waiting", attempt: 1, retryAt: 0, reason: "refused" });
    await terminal.type("later\r");
    expect((await terminal.screen()).slice(-2)).toEqual(["waiting     later", "@bob [offline]>"]);
    await terminal.type("exit\r");
    await terminal.until("Not sent yet: one thing.");
    expect(await run.exitCode).toBe(0);
    expect(chat.client.outbox.$items.get()).toMatchObject([{ action: { conversation: "@bob", text: "later" } }]);
  });

  it("waits for what was typed last before it leaves", async () => {
    const chat = createFakeChat({ self: "ada" });
    chat.sending = "waits";
    const { terminal, run } = await talk(["@bob"], chat);
    await terminal.until("@bob>");
    await terminal.type("last words\rexit\r");
    let left = false;
    void run.exitCode.then(() => (left = true));
    await terminal.screen();
    expect(left).toBe(false);
    chat.sending = "works";
    chat.client.outbox.retry(chat.client.outbox.$items.get()[0]?.clientId ?? "");
    expect(await run.exitCode).toBe(0);
    expect(terminal.written()).not.toContain("Not sent yet");
  });

  it("asks for a sign-in when the session ends, and goes on where it was", async () => {
    const chat = createFakeChat({ self: "ada" });
    const { terminal, run } = await talk(["@bob"], chat);
    await terminal.until("@bob>");
    chat.endSession();
    await terminal.until("Your session has ended.");
    await signInByHand(terminal);
    await terminal.until("@bob>");
    run.interrupt();
    expect(await run.exitCode).toBe(130);
    expect(terminal.raw).toBe(false);
  });

  it("knows the lines of the last run, never a password, and forgets them with the sign-out", async () => {
    const chat = createFakeChat({ joined: ["general"] });
    const { terminal, run } = await talk(["#general"], chat);
    await signInByHand(terminal);
    await terminal.until("#general>");
    await terminal.type("hello again\r");
    await terminal.until("» ada: hello again");
    await terminal.type("exit\r");
    expect(await run.exitCode).toBe(0);
    const file = path.join(run.home, ".config/chat/default/history.json");
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual(["exit", "hello again"]);

    const next = createFakeTerminal();
    const again = await startCli(["#general"], { chat, terminal: next, home: run.home });
    await next.until("#general>");
    await next.type(UP + UP);
    await next.until("#general> hello again");
    await next.type("\u0015exit\r");
    expect(await again.exitCode).toBe(0);
    expect(await (await startCli(["logout"], { chat, home: run.home })).exitCode).toBe(0);
    await expect(readFile(file, "utf8")).rejects.toThrow("ENOENT");
  });
});
