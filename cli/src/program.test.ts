import { readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { clientError } from "./testing/fake-chat.ts";
import { createFakeChat } from "./testing/fake-client.ts";
import { runCli, startCli } from "./testing/run-cli.ts";
import { temporaryHome } from "./testing/temporary-home.ts";

const lines = (text: string) => text.split("\n").filter((line) => line !== "");
const objects = (text: string) => lines(text).map((line) => JSON.parse(line) as Record<string, unknown>);

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; !holds(); turn += 1) {
    if (turn > 500) throw new Error("never");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

describe("help and arguments", () => {
  it("lists every command without opening the SDK", async () => {
    const run = await runCli(["help"]);
    expect(run.code).toBe(0);
    for (const name of ["talk", "login", "send ADDRESS", "read", "tail", "create-room NAME"])
      expect(run.output()).toContain(`  ${name}`);
    expect(run.opened).toEqual([]);
  });

  it.each([
    [["nonsense"], 'There is no command "nonsense"'],
    [["send", "@bob", "-m"], "-m"],
    [["send"], "ADDRESS is missing"],
    [["send", "@bob"], "Give the text"],
    [["send", "bob", "-m", "hi"], '"bob" is no address'],
    [["read", "@bob", "extra"], "one word too many"],
    [["read", "--limit", "zero"], "--limit takes a whole number"],
    [["read", "--direction", "up"], "--direction takes sent, received, both"],
    [["whoami", "--colour"], "--colour"],
    [["whoami", "--server", "ftp://x"], "--server takes a URL"],
    [["whoami", "--profile", "../x"], "is no profile name"],
  ])("refuses %j as wrong usage", async (args, why) => {
    const run = await runCli(args);
    expect(run.code).toBe(2);
    expect(run.errorOutput()).toContain(why);
    expect(run.output()).toBe("");
  });

  it("does not talk off a terminal and says what scripts use", async () => {
    for (const args of [[], ["@bob"], ["talk"]]) {
      const run = await runCli(args);
      expect(run.code).toBe(2);
      expect(run.errorOutput()).toContain("chat send ADDRESS -m TEXT");
    }
  });
});

describe("exit codes", () => {
  it("is 3 where nobody is signed in", async () => {
    const run = await runCli(["whoami"], { chat: createFakeChat() });
    expect(run.code).toBe(3);
    expect(run.errorOutput()).toContain("Sign in with: chat login");
  });

  it.each([
    ["not_found", 4],
    ["unavailable", 5],
    ["already_exists", 6],
    ["permission_denied", 1],
    ["unauthenticated", 3],
  ] as const)("tells %s as %i", async (code, exit) => {
    const chat = createFakeChat({ self: "ada" });
    chat.failure = clientError(code, "So it is.");
    const run = await runCli(["read"], { chat });
    expect(run.code).toBe(exit);
    expect(run.errorOutput()).toBe("chat: So it is.\n");
    expect(run.output()).toBe("");
    expect(chat.calls).toContain("close");
  });

  it("is 6 for a room that there is, 4 for one that there is not", async () => {
    const chat = createFakeChat({ self: "ada", rooms: ["garden"] });
    expect((await runCli(["create-room", "garden"], { chat })).code).toBe(6);
    expect((await runCli(["join", "#cellar"], { chat })).code).toBe(4);
    expect((await runCli(["join", "garden"], { chat })).code).toBe(0);
  });
});

describe("send", () => {
  it("waits for the stored message and prints it", async () => {
    const run = await runCli(["send", "@bob", "-m", "On my way"]);
    expect(run.code).toBe(0);
    expect(run.output()).toMatch(/^2026-11-24 08:\d\d @bob ada: On my way\n$/u);
  });

  it("takes standard input without its last line break", async () => {
    const run = await runCli(["send", "#general", "-", "--json"], { stdin: "one\ntwo\n" });
    expect(objects(run.output())).toMatchObject([
      { kind: "message", address: "#general", sender: 4096, sender_handle: "ada", text: "one\ntwo" },
    ]);
  });

  it("stays in the outbox where the server does not answer, says so, and ends with 5", async () => {
    const chat = createFakeChat({ self: "ada" });
    chat.sending = "waits";
    const run = await runCli(["send", "@bob", "-m", "hi", "--timeout", "10ms"], { chat });
    expect(run.code).toBe(5);
    expect(run.errorOutput()).toContain("stays in the outbox, and will be sent by the next run");
    expect(chat.client.outbox.$items.get()).toHaveLength(1);
  });

  it("is sent where another process of the profile delivers it", async () => {
    const chat = createFakeChat({ self: "ada" });
    chat.sending = "waits";
    const run = await startCli(["send", "@bob", "-m", "hi"], { chat });
    await until(() => chat.client.outbox.$items.get().length === 1);
    chat.deliversElsewhere();
    expect(await run.exitCode).toBe(0);
    expect(run.output()).toContain("ada: hi");
  });

  it("takes an id of the caller's, and refuses what is none", async () => {
    const id = "0197A1B2-0000-7000-8000-000000000001";
    const run = await runCli(["send", "@bob", "-m", "hi", "--client-id", id, "--json"]);
    expect(objects(run.output())).toMatchObject([{ client_id: id.toLowerCase() }]);
    expect((await runCli(["send", "@bob", "-m", "hi", "--client-id", "mine"])).code).toBe(2);
  });

  it("says why the server refused", async () => {
    const chat = createFakeChat({ self: "ada" });
    chat.sending = clientError("not_found", "There is nobody called @eve.");
    const run = await runCli(["send", "@eve", "-m", "hi"], { chat });
    expect(run.code).toBe(4);
    expect(run.errorOutput()).toContain("There is nobody called @eve.");
    expect(chat.client.outbox.$items.get()).toEqual([]);
  });
});

describe("read and tail", () => {
  it("prints the newest, oldest first, without what a terminal would obey", async () => {
    const chat = createFakeChat({ self: "ada" });
    for (const text of ["one", "two\u001b[2J", "three"]) chat.says("bob", "@bob", text);
    const run = await runCli(["read", "@bob", "--limit", "2"], { chat });
    expect(lines(run.output())).toEqual(["2026-11-24 08:01 bob: two", "2026-11-24 08:02 bob: three"]);
  });

  it("keeps results and remarks apart", async () => {
    const run = await runCli(["read", "@bob"]);
    expect(run.output()).toBe("");
    expect(run.errorOutput()).toBe("No messages.\n");
    expect((await runCli(["read", "@bob", "--json"])).errorOutput()).toBe("");
  });

  it("follows until interrupted, each event once, across a reset", async () => {
    const chat = createFakeChat({ self: "ada", joined: ["general"] });
    chat.says("bob", "#general", "before");
    const run = await startCli(["tail", "#general", "--follow", "--json"], { chat });
    await until(() => run.output().includes("before"));
    chat.says("bob", "#general", "live");
    chat.says("bob", "@bob", "elsewhere");
    chat.does("bobby", { kind: "join", room: "#general" });
    chat.reset();
    await until(() => run.errorOutput().includes("loading it again"));
    chat.says("bob", "#general", "after");
    await until(() => run.output().includes("after"));
    run.interrupt();
    expect(await run.exitCode).toBe(130);
    expect(objects(run.output()).map((object) => object["text"] ?? object["cause"])).toEqual([
      "before",
      "live",
      "member_joined",
      "after",
    ]);
  });

  it("ends well when the reader of the output has gone, and with 3 when the session ends", async () => {
    const run = await startCli(["tail", "--follow"]);
    run.interrupt(Object.assign(new Error("gone"), { code: "EPIPE" }));
    expect(await run.exitCode).toBe(0);
    const other = await startCli(["tail", "--follow"]);
    await until(() => other.chat.$connection.get().state === "live");
    other.chat.endSession();
    expect(await other.exitCode).toBe(3);
  });

  it("resumes from the stored cursor only when asked", async () => {
    for (const [args, resume] of [
      [["tail", "-f"], "fresh"],
      [["tail", "-f", "--resume"], "stored"],
    ] as const) {
      const run = await startCli(args);
      await until(() => run.opened.length > 0);
      expect(run.opened[0]).toMatchObject({ resume, autoStart: false });
      run.interrupt();
      await run.exitCode;
    }
  });
});

describe("accounts", () => {
  it("signs in with a password from file, standard input or environment, and remembers the server", async () => {
    const home = temporaryHome();
    await writeFile(path.join(home, "secret"), "000000\n");
    const base = ["login", "--user", "ada", "--server", "http://chat.example:7000"];
    const ways = [
      { args: [...base, "--password-file", "secret"], options: { home } },
      { args: [...base, "--password-stdin"], options: { stdin: "000000\n" } },
      { args: base, options: { env: { CHAT_PASSWORD: "000000" } } },
    ];
    for (const { args, options } of ways) {
      const run = await runCli(args, { chat: createFakeChat(), ...options });
      expect(run.errorOutput()).toBe("");
      expect(run.code).toBe(0);
      const file = path.join(run.home, ".config/chat/default/profile.json");
      expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ server: "http://chat.example:7000" });
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    }
    const next = await runCli(["whoami"], { home });
    expect(next.output()).toContain("http://chat.example:7000");
  });

  it("asks for no password off a terminal, and takes none from the arguments", async () => {
    expect((await runCli(["login", "--user", "ada"])).code).toBe(2);
    expect((await runCli(["login", "--user", "ada", "--password", "000000"])).code).toBe(2);
    expect((await runCli(["login"], { env: { CHAT_PASSWORD: "000000" } })).code).toBe(2);
    expect((await runCli(["login", "--user", "ada", "--password-stdin", "--password-file", "x"])).code).toBe(2);
  });

  it("answers 3 to a wrong password and 6 to a taken handle, and remembers no server then", async () => {
    const wrong = await runCli(["login", "--user", "ada"], { chat: createFakeChat(), env: { CHAT_PASSWORD: "x" } });
    expect(wrong.code).toBe(3);
    await expect(stat(path.join(wrong.home, ".config/chat/default/profile.json"))).rejects.toThrow();
    const args = ["register", "--user", "ada", "--email", "ada@example.com"];
    const taken = await runCli(args, { chat: createFakeChat(), env: { CHAT_PASSWORD: "x" } });
    expect(taken.code).toBe(6);
    expect(taken.errorOutput()).toContain("This handle is taken.");
  });

  it("says who is signed in, for people and programs", async () => {
    expect((await runCli(["whoami", "--server", "localhost:7000"])).output()).toBe(
      "@ada  ada Smith  <ada@example.com>  http://localhost:7000\n",
    );
    const run = await runCli(["whoami", "--json"]);
    expect(objects(run.output())).toEqual([
      {
        ...{ id: 4096, handle: "ada", display_name: "ada Smith" },
        ...{ email: "ada@example.com", server: "http://127.0.0.1:7000" },
      },
    ]);
  });

  it("signs out, also where nobody was", async () => {
    const run = await runCli(["logout"]);
    expect(run.chat.calls).toContain("logout");
    expect((await runCli(["logout"], { chat: createFakeChat() })).code).toBe(0);
  });
});
