import { describe, expect, it } from "vitest";
import { createFakeTerminal, type FakeTerminal } from "../testing/fake-terminal.ts";
import { askLogin, askRegistration } from "./account-prompts.ts";

const ENTER = "\r";

function context(terminal: FakeTerminal, abort = new AbortController()) {
  return { input: terminal.input, output: terminal.output, signal: abort.signal };
}

describe("asking for a sign-in", () => {
  it("asks for what was not given, without showing the password", async () => {
    const terminal = createFakeTerminal();
    const asked = askLogin(context(terminal), {});
    await terminal.until("Handle or e-mail");
    await terminal.type(ENTER);
    await terminal.until("Please type something.");
    await terminal.type(`ada${ENTER}`);
    await terminal.until("Password");
    await terminal.type(`s3cret${ENTER}`);
    await expect(asked).resolves.toEqual({ login: "ada", password: "s3cret" });
    expect(terminal.written()).not.toContain("s3cret");
    expect(terminal.raw).toBe(false);
  });

  it("asks nothing where all was given", async () => {
    const terminal = createFakeTerminal();
    await expect(askLogin(context(terminal), { login: "ada", password: "x" })).resolves.toEqual({
      login: "ada",
      password: "x",
    });
    expect(terminal.written()).toBe("");
  });

  it.each(["\u0003", "\u001b"])("ends with 130 when cancelled by %j", async (key) => {
    const terminal = createFakeTerminal();
    const asked = askLogin(context(terminal), {});
    const outcome = expect(asked).rejects.toMatchObject({ name: "CommandError", exitCode: 130 });
    await terminal.until("Handle or e-mail");
    await terminal.type(key);
    await outcome;
    expect(terminal.raw).toBe(false);
  });

  it("ends with the reason of the signal, and draws nothing when that comes later", async () => {
    const terminal = createFakeTerminal();
    const abort = new AbortController();
    const asked = askLogin(context(terminal, abort), { password: "x" });
    await terminal.until("Handle or e-mail");
    await terminal.type(`ada${ENTER}`);
    await asked;
    const written = terminal.written();
    const again = askLogin(context(createFakeTerminal(), abort), {});
    abort.abort(new Error("ended by a signal"));
    await expect(again).rejects.toThrow("ended by a signal");
    expect(terminal.written()).toBe(written);
  });
});

describe("asking for an account", () => {
  it("asks for the password twice until both agree, and takes no name for none", async () => {
    const terminal = createFakeTerminal();
    const asked = askRegistration(context(terminal), { username: "eve", email: "eve@example.com" });
    await terminal.until("Password");
    await terminal.type(`long enough${ENTER}`);
    await terminal.until("Password once more");
    await terminal.type(`different${ENTER}`);
    await terminal.until("two different passwords");
    await terminal.type(`long enough${ENTER}`);
    await terminal.until("Password once more");
    await terminal.type(`long enough${ENTER}`);
    await terminal.until("Name shown to others");
    await terminal.type(ENTER);
    await expect(asked).resolves.toEqual({ username: "eve", email: "eve@example.com", password: "long enough" });
  });

  it("repeats only the question that was refused, with the reason beside it", async () => {
    const terminal = createFakeTerminal();
    const given = { username: "ada", email: "ada@example.com", password: "long enough", displayName: "" };
    const asked = askRegistration(context(terminal), given, [
      { field: "username", description: "This handle is taken." },
    ]);
    await terminal.until("This handle is taken.");
    await terminal.type(`1${ENTER}`);
    await expect(asked).resolves.toEqual({ username: "ada1", email: "ada@example.com", password: "long enough" });
    expect(terminal.written()).not.toContain("E-mail");
  });
});
