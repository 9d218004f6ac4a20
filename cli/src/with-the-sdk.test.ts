import { createFakeServer, PASSWORD, UNREACHABLE, type FakeServer } from "@chat/client/testing/fake-server";
import { profileClient } from "@chat/client/testing/profile-client";
import { afterEach, describe, expect, it } from "vitest";
import { createFakeTerminal } from "./testing/fake-terminal.ts";
import { runCli, startCli, type CliRun } from "./testing/run-cli.ts";
import { temporaryHome } from "./testing/temporary-home.ts";

const lines = (text: string) => text.split("\n").filter((line) => line !== "");
const objects = (text: string) => lines(text).map((line) => JSON.parse(line) as Record<string, unknown>);

const running: CliRun[] = [];
afterEach(async () => {
  for (const run of running.splice(0)) {
    run.interrupt();
    await run.exitCode;
  }
});

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let turn = 0; !holds(); turn += 1) {
    if (turn > 600) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Ada's profile on a server that bob is on as well. */
async function signedIn(): Promise<{
  server: FakeServer;
  options: NonNullable<Parameters<typeof startCli>[1]>;
  cli(...args: string[]): ReturnType<typeof runCli>;
}> {
  const server = createFakeServer({ now: Date.now, people: ["ada", "bob", "eve"] });
  const home = temporaryHome();
  const options: Parameters<typeof startCli>[1] = {
    home,
    openClient: ({ stateFile, resume, autoStart }) =>
      profileClient(server, stateFile, { cursor: resume === "stored" ? "stored" : "memory", autoStart }),
  };
  const login = await runCli(["login", "--user", "ada"], { ...options, env: { CHAT_PASSWORD: PASSWORD } });
  expect(login.errorOutput()).toBe("");
  return { server, options, cli: (...args) => runCli(args, options) };
}

describe("commands on the SDK", () => {
  it("sends each message once where many processes of a profile send at the same time, and ends each with 0", async () => {
    const { server, cli } = await signedIn();
    const runs = await Promise.all(
      Array.from({ length: 8 }, (_, index) => cli("send", "@bob", "-m", `number ${index}`)),
    );
    expect(runs.map(({ code }) => code)).toEqual(Array.from({ length: 8 }, () => 0));
    expect(server.texts("ada", "@bob").sort()).toEqual(Array.from({ length: 8 }, (_, index) => `number ${index}`));
  });

  it("sends once under one client id, whichever run sends", async () => {
    const { server, cli } = await signedIn();
    const args = ["send", "@bob", "-m", "once", "--client-id", "0197a1b2-0000-7000-8000-000000000001"];
    expect((await cli(...args)).code).toBe(0);
    expect((await cli(...args)).code).toBe(0);
    expect(server.texts("ada", "@bob")).toEqual(["once"]);
  });

  it("keeps a message that finds no server, and the next run sends it first", async () => {
    const { server, cli } = await signedIn();
    server.disturb("sendMessage", UNREACHABLE, { times: Infinity });
    const kept = await cli("send", "@bob", "-m", "kept", "--timeout", "50ms");
    expect(kept.code).toBe(5);
    expect(kept.errorOutput()).toContain("stays in the outbox");
    expect(lines((await cli("outbox")).output())).toHaveLength(1);
    server.calm();
    expect((await cli("send", "@bob", "-m", "next")).code).toBe(0);
    expect(server.texts("ada", "@bob")).toEqual(["kept", "next"]);
    expect(lines((await cli("outbox")).output())).toHaveLength(0);
  });

  it("edits, reacts, pins and deletes by the seq that send prints", async () => {
    const { cli } = await signedIn();
    const sent = objects((await cli("send", "@bob", "-m", "tpyo", "--json")).output())[0];
    const seq = String(sent?.["seq"]);
    expect((await cli("edit", seq, "-m", "typo")).output()).toContain("@bob ada: typo (edited)");
    expect((await cli("react", seq, "tada")).output()).toContain("🎉 1");
    expect((await cli("pin", seq)).output()).toContain("pinned");
    expect(objects((await cli("pins", "@bob", "--json")).output())).toMatchObject([
      { text: "typo", sender_handle: "ada" },
    ]);
    expect(lines((await cli("versions", seq)).output())[0]).toContain("tpyo");
    expect((await cli("del", seq)).output()).toContain("(deleted)");
    expect((await cli("edit", seq, "-m", "late")).code).toBe(6);
    expect((await cli("pin", "4095")).code).toBe(4);
  });

  it("makes a room, renames it, and finds it by its old name", async () => {
    const { cli } = await signedIn();
    expect((await cli("create-room", "garden")).code).toBe(0);
    expect((await cli("create-room", "garden")).code).toBe(6);
    expect((await cli("rename", "garden", "jungle")).output()).toBe("#garden is now #jungle.\n");
    expect((await cli("send", "#garden", "-m", "hi")).output()).toContain("#jungle ada: hi");
    expect(objects((await cli("who", "#jungle", "--json")).output())).toMatchObject([{ handle: "ada" }]);
    expect((await cli("profile", "--handle", "lovelace")).output()).toContain("@lovelace");
    expect(lines((await cli("read", "#jungle")).output())[0]).toContain("lovelace: hi");
  });

  it("follows what is posted and what becomes of it", async () => {
    const { server, options } = await signedIn();
    server.post("bob", "@ada", "before");
    const run = await startCli(["tail", "--follow", "--json"], options);
    running.push(run);
    await until(() => run.output().includes("before"), "history");
    const { seq } = server.post("bob", "@ada", "live");
    server.chat.react(server.id("bob"), Number(seq), "👍");
    await until(() => run.output().includes("reaction_added"), "the reaction");
    expect(objects(run.output()).map(({ text, cause, actor_handle }) => [text, cause, actor_handle])).toEqual([
      ["before", undefined, undefined],
      ["live", "message_posted", "bob"],
      ["live", "reaction_added", "bob"],
    ]);
    expect(objects(run.output())[1]).toMatchObject({ address: "@bob" });
  });
});

describe("a conversation on the SDK", () => {
  it("shows what is said and done, at 80 by 24", async () => {
    const { server, options } = await signedIn();
    server.post("bob", "@ada", "hello");
    const terminal = createFakeTerminal();
    const run = await startCli(["@bob"], { ...options, terminal });
    running.push(run);
    await terminal.until("bob: hello");
    await terminal.type("/reply 1 hi\r");
    await terminal.until("2 ");
    await terminal.until("ada: hi");
    expect(await terminal.screen()).toContain("          ┌ 1 bob: hello");
    await terminal.type("/react 1 :heart:\r");
    await terminal.until("· ada reacted to 1 with ❤️");
    await terminal.type("/edit\r there\r");
    await terminal.until("· ada edited 2: hi there");
    const [first] = server.chat.messagesIn(server.chat.locate("@bob", server.id("ada")));
    server.chat.edit(server.id("bob"), Number(first?.seq), "hello!");
    await terminal.until("· bob edited 1: hello!");
    server.post("eve", "@ada", "psst");
    await terminal.until("@bob [1 new elsewhere]>");
    await terminal.type("/next\r");
    await terminal.until("eve: psst");
    await terminal.until("@eve>");
    await terminal.type("/dm bob\r");
    await terminal.until("@bob>");
    expect(terminal.written().split("  2 ").length).toBeGreaterThan(2);
    await terminal.type("exit\r");
    expect(await run.exitCode).toBe(0);
  });
});
