import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { EndedBySignal } from "../ended-by-signal.ts";
import { clientError } from "../testing/fake-chat.ts";
import { createFakeChat } from "../testing/fake-client.ts";
import { createFakeTerminal } from "../testing/fake-terminal.ts";
import { runCli, startCli } from "../testing/run-cli.ts";

const lines = (text: string) => text.split("\n").filter((line) => line !== "");
const objects = (text: string) => lines(text).map((line) => JSON.parse(line) as Record<string, unknown>);

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; !holds(); turn += 1) {
    if (turn > 500) throw new Error("never");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A chat in which bob and ada have said something; gives the seqs. */
function talkedChat() {
  const chat = createFakeChat({ self: "ada", rooms: ["garden"], joined: ["general"] });
  const bobs = chat.says("bob", "@bob", "shall we?").seq;
  const own = chat.says("ada", "@bob", "yess").seq;
  return { chat, bobs: String(bobs), own: String(own) };
}

describe("what a script does to a message", () => {
  it("edits, answers, reacts, pins and deletes by seq, and prints the message as it then is", async () => {
    const { chat, bobs, own } = talkedChat();
    const printed = async (...args: string[]) => {
      const run = await runCli([...args, "--json"], { chat });
      expect(run.errorOutput()).toBe("");
      expect(run.code).toBe(0);
      return objects(run.output())[0];
    };
    expect(await printed("edit", own, "-m", "yes")).toMatchObject({
      text: "yes",
      edited_at: expect.any(String) as string,
    });
    expect(await printed("reply", bobs, "-m", "when?")).toMatchObject({ reply_to: Number(bobs), address: "@bob" });
    expect(await printed("react", bobs, "thumbsup")).toMatchObject({ reactions: [{ emoji: "👍", people: [4096] }] });
    expect(await printed("unreact", bobs, "👍")).toMatchObject({ reactions: [] });
    expect(await printed("pin", bobs)).toMatchObject({ pinned: true });
    expect(await printed("pins", "@bob")).toMatchObject({ seq: Number(bobs) });
    expect(await printed("unpin", bobs)).toMatchObject({ pinned: false });
    expect(await printed("versions", own)).toMatchObject({ seq: Number(own), text: "the first text" });
    expect(await printed("del", own)).toMatchObject({ deleted: true, text: "" });
  });

  it("ends with 4 where there is no such message, 6 where it is deleted, 2 for what is no seq or no emoji", async () => {
    const { chat, own } = talkedChat();
    expect((await runCli(["edit", "999999", "-m", "x"], { chat })).code).toBe(4);
    expect((await runCli(["reply", "999999", "-m", "x"], { chat })).code).toBe(4);
    expect((await runCli(["del", own], { chat })).code).toBe(0);
    const late = await runCli(["edit", own, "-m", "x"], { chat });
    expect(late.code).toBe(6);
    expect(late.errorOutput()).toContain("This message is deleted.");
    expect(chat.client.outbox.$items.get()).toEqual([]);
    expect((await runCli(["pin", "twelve"], { chat })).code).toBe(2);
    expect((await runCli(["react", own, "nonsense"], { chat })).code).toBe(2);
  });

  it("refuses from the shell what only a conversation on the screen has", async () => {
    const run = await runCli(["older"]);
    expect(run.code).toBe(2);
    expect(run.errorOutput()).toContain("type /older");
  });

  it("prints the seq before each message where it is asked for", async () => {
    const { chat, own } = talkedChat();
    const run = await runCli(["read", "@bob", "--seq"], { chat });
    expect(lines(run.output())[1]).toBe(`${own} 2026-11-24 08:01 ada: yess`);
  });
});

describe("rooms and people from the shell", () => {
  it("makes, renames and describes a room, and lists who is in it", async () => {
    const chat = createFakeChat({ self: "ada" });
    expect((await runCli(["create-room", "garden", "--topic", "plants"], { chat })).output()).toContain(
      "Made #garden.",
    );
    expect((await runCli(["topic", "garden", "weeds"], { chat })).output()).toBe("#garden: weeds\n");
    expect((await runCli(["rename", "#garden", "jungle"], { chat })).output()).toBe("#garden is now #jungle.\n");
    expect(objects((await runCli(["who", "garden", "--json"], { chat })).output())).toMatchObject([{ handle: "ada" }]);
    expect(objects((await runCli(["leave", "jungle", "--json"], { chat })).output())).toEqual([{ left: "#jungle" }]);
    expect((await runCli(["who", "#nowhere"], { chat })).code).toBe(4);
  });

  it("changes the handle and the name, and ends with 6 where the handle is taken", async () => {
    const chat = createFakeChat({ self: "ada" });
    const run = await runCli(["profile", "--handle", "ada2", "--name", "Ada L.", "--json"], { chat });
    expect(objects(run.output())).toEqual([{ id: 4096, handle: "ada2", display_name: "Ada L." }]);
    expect((await runCli(["profile", "--handle", "bob"], { chat })).code).toBe(6);
  });

  it("says when there are more people than it shows", async () => {
    const users = ["ada", ...Array.from({ length: 150 }, (_, index) => `user${index}`)];
    const chat = createFakeChat({ self: "ada", users });
    const some = await runCli(["users", "--limit", "120"], { chat });
    expect(lines(some.output())).toHaveLength(120);
    expect(some.errorOutput()).toContain("There are more");
    const all = await runCli(["users", "--limit", "200"], { chat });
    expect(lines(all.output())).toHaveLength(151);
    expect(all.errorOutput()).toBe("");
  });
});

describe("following", () => {
  it("prints changes as short lines, and as rows with cause and actor for programs", async () => {
    for (const json of [false, true]) {
      const chat = createFakeChat({ self: "ada", joined: ["general"] });
      const run = await startCli(["tail", "#general", "-f", ...(json ? ["--json"] : [])], { chat });
      await until(() => chat.$connection.get().state === "live");
      const { seq } = chat.says("bob", "#general", "helo");
      chat.does("bob", { kind: "edit", seq, text: "hello" });
      chat.does("ada", { kind: "react", seq, emoji: "🎉" });
      chat.does("bob", { kind: "update-room", room: "#general", topic: "greetings" });
      chat.does("bob", { kind: "delete", seq });
      await until(() => run.output().includes(json ? "message_deleted" : "deleted"));
      run.interrupt();
      await run.exitCode;
      if (json) {
        expect(objects(run.output()).map(({ cause, actor_handle }) => [cause, actor_handle])).toEqual([
          ["message_posted", "bob"],
          ["message_edited", "bob"],
          ["reaction_added", "ada"],
          ["room_changed", "bob"],
          ["message_deleted", "bob"],
        ]);
        expect(objects(run.output())[1]).toMatchObject({ kind: "message", seq, text: "hello", actor: 4097 });
        continue;
      }
      expect(lines(run.output()).map((line) => line.slice("2026-11-24 08:00 ".length))).toEqual([
        "bob: helo",
        `· bob edited ${seq}: hello`,
        `· ada reacted to ${seq}: 🎉 1`,
        // What the room was before is not known here: the line says what holds now.
        "· bob changed this room: #general, topic: greetings",
        `· bob deleted ${seq}`,
      ]);
    }
  });

  it("tells the first change of a room and of a person, and names both as they are now", async () => {
    const chat = createFakeChat({ self: "ada", joined: ["general"] });
    const run = await startCli(["tail", "-f", "-n", "0"], { chat });
    await until(() => chat.$connection.get().state === "live");
    chat.does("bob", { kind: "update-room", room: "#general", topic: "greetings" });
    await until(() => run.output().includes("changed this room"));
    chat.says("bob", "@bob", "psst");
    await until(() => run.output().includes("psst"));
    chat.renames("bob", "robert");
    await until(() => run.output().includes("robert"));
    chat.says("robert", "@robert", "psst again");
    chat.says("robert", "#general", "one");
    await until(() => run.output().includes("one"));
    chat.does("robert", { kind: "update-room", room: "#general", name: "hall" });
    chat.says("robert", "#hall", "two");
    await until(() => run.output().includes("two"));
    run.interrupt();
    await run.exitCode;
    expect(lines(run.output()).map((line) => line.slice("2026-11-24 08:00 ".length))).toEqual([
      "#general · bob changed this room: #general, topic: greetings",
      "@bob bob: psst",
      "· bob is now @robert",
      "@robert robert: psst again",
      "#general robert: one",
      "#hall · robert renamed this room: #hall",
      "#hall robert: two",
    ]);
  });

  it("ends with 4 where there is no such conversation", async () => {
    const run = await startCli(["tail", "#nowhere", "-f"]);
    expect(await run.exitCode).toBe(4);
  });
});

describe("what is not sent", () => {
  it("keeps a person from signing out unless told", async () => {
    const chat = createFakeChat({ self: "ada" });
    chat.sending = "waits";
    await chat.client.outbox.add({ kind: "send", conversation: "@bob", text: "hi" });
    const refused = await runCli(["logout"], { chat });
    expect(refused.code).toBe(1);
    expect(refused.errorOutput()).toContain("chat logout --force");
    expect(chat.calls).not.toContain("logout");
    const terminal = createFakeTerminal();
    const asked = await startCli(["logout"], { chat, terminal });
    await terminal.until("One thing is not sent yet");
    await terminal.type("n");
    expect(await asked.exitCode).toBe(1);
    expect((await runCli(["logout", "--force"], { chat })).code).toBe(0);
    expect(chat.calls).toContain("logout");
  });

  it("is listed, tried again and dropped", async () => {
    const chat = createFakeChat({ self: "ada" });
    chat.sending = clientError("permission_denied", "You are no member.");
    await chat.client.outbox.add({ kind: "join", room: "#garden" });
    await until(() => chat.client.outbox.$items.get()[0]?.state === "failed");
    expect((await runCli(["outbox"], { chat })).output()).toContain("failed: join #garden (You are no member.)");
    expect((await runCli(["retry"], { chat })).code).toBe(1);
    expect((await runCli(["drop"], { chat })).code).toBe(0);
    expect(chat.client.outbox.$items.get()).toEqual([]);
  });
});

describe("the way a run ends", () => {
  it("is 1 where the output cannot be written", async () => {
    const full = Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    const output = new Writable({ write: (_chunk, _encoding, done) => done(full) });
    output.on("error", () => {});
    const run = await runCli(["help"], { output });
    expect(run.code).toBe(1);
    expect(run.errorOutput()).toContain("no space left");
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("on %s is %i", async (signal, code) => {
    const run = await startCli(["tail", "--follow"]);
    run.interrupt(new EndedBySignal(signal));
    expect(await run.exitCode).toBe(code);
  });

  it("gives advice in the words that start the program", async () => {
    const options = { chat: createFakeChat(), programName: "npm run -s cli --" };
    expect((await runCli(["whoami"], options)).errorOutput()).toContain("Sign in with: npm run -s cli -- login");
    expect((await runCli(["help"], options)).output()).toContain("npm run -s cli -- COMMAND [options]");
  });
});

describe("help", () => {
  it("explains the objects that --json prints, and what can be typed in a conversation", async () => {
    expect((await runCli(["help", "json"])).output()).toContain("sender_handle");
    expect((await runCli(["help", "talk"])).output()).toContain("/edit [N] [TEXT]");
    expect((await runCli(["help", "edit"])).output()).toContain("In a conversation");
  });
});
