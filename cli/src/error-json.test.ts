import { describe, expect, it } from "vitest";
import { clientError } from "./testing/fake-chat.ts";
import { createFakeChat } from "./testing/fake-client.ts";
import { runCli } from "./testing/run-cli.ts";

const error = (run: { errorOutput(): string }): unknown => JSON.parse(run.errorOutput());

describe("an error with --json", () => {
  it("is one object with the code, the reason and the fields, and the exit code of always", async () => {
    const chat = createFakeChat({ self: "ada" });
    const fields = [{ field: "text", description: "Too\u001b[31m long." }];
    chat.failure = Object.assign(clientError("invalid_argument", "Not valid.", fields), { reason: "TOO_LONG" });
    const run = await runCli(["read", "--json"], { chat });
    expect(run.code).toBe(2);
    expect(run.output()).toBe("");
    expect(run.errorOutput()).not.toContain("\u001b");
    expect(error(run)).toMatchObject({ error: { code: "invalid_argument", reason: "TOO_LONG", fields } });
  });

  it.each([
    [["whoami", "--json"], 3, "unauthenticated"],
    [["read", "--json", "--limit", "zero"], 2, "invalid_argument"],
    [["frobnicate", "--json"], 2, "invalid_argument"],
  ])("tells what this program refuses in the same shape: %j", async (args, exit, code) => {
    const run = await runCli(args, { chat: createFakeChat() });
    expect(run.code).toBe(exit);
    expect(error(run)).toEqual({ error: { code, message: expect.any(String) as string, fields: [] } });
  });

  it("is a sentence without it", async () => {
    const run = await runCli(["send", "--", "--json"], { chat: createFakeChat() });
    expect(run.errorOutput()).toMatch(/^chat: /u);
  });
});
