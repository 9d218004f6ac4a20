import axe, { type AxeResults } from "axe-core";
import { randomUUID } from "node:crypto";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signInByHand, startBrowser } from "./browser.ts";
import { callJson, message, tokenOf } from "./call.ts";
import { type ServerProcess, startServer } from "./harness.ts";

const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } } as const;
/** Each size and each theme once: what is where does not depend on the colours, nor they on the size. */
const LOOKS = [
  { size: "desktop", colorScheme: "light" },
  { size: "phone", colorScheme: "dark" },
] as const;
const PATIENCE_MS = 30_000;

describe("the web app, as axe sees it", () => {
  let server: ServerProcess;
  let browser: Browser;
  beforeAll(async () => {
    server = await startServer();
    browser = await startBrowser();
    await furnish();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
  });

  /** Messages of every look, and a room. */
  async function furnish(): Promise<void> {
    const tokens = { mehdi: await tokenOf(server.url, "mehdi"), mehdi1: await tokenOf(server.url, "mehdi1") };
    const call = async (who: keyof typeof tokens, method: string, body: object): Promise<Record<string, unknown>> => {
      const answer = await callJson(server.url, `ChatService/${method}`, body, tokens[who]);
      expect([method, answer.status]).toEqual([method, 200]);
      return answer.body;
    };
    const say = async (who: keyof typeof tokens, to: string, text: string, more: object = {}): Promise<string> => {
      const { message: sent } = await call(who, "SendMessage", { ...message(to, text), ...more });
      return (sent as { seq: string }).seq;
    };
    const change = (who: keyof typeof tokens, method: string, seq: string, more: object = {}) =>
      call(who, method, { seq, clientId: randomUUID(), ...more });
    const question = await say("mehdi1", "@mehdi", "Have you seen https://example.org/report?");
    await change("mehdi", "AddReaction", question, { emoji: "👍" });
    await change("mehdi1", "PinMessage", question);
    const answer = await say("mehdi", "@mehdi1", "Not yet", { replyTo: question });
    await change("mehdi", "EditMessage", answer, { text: "Not yet, tomorrow" });
    await change("mehdi1", "AddReaction", answer, { emoji: "🎉" });
    await change("mehdi", "DeleteMessage", await say("mehdi", "@mehdi1", "a mistake"));
    await say("mehdi", "@mehdi1", "See you then\nwith two lines");
    const room = { name: "team", title: "The team", topic: "what we do", clientId: randomUUID() };
    await call("mehdi", "CreateRoom", room);
    await call("mehdi1", "JoinRoom", { room: "#team", clientId: randomUUID() });
    await say("mehdi1", "#team", "hello, all");
  }

  it.each(LOOKS)("$size, $colorScheme", { timeout: 240_000 }, async ({ size, colorScheme }) => {
    const viewport = SIZES[size];
    const isPhone = size === "phone";
    const context = await browser.newContext({ viewport, colorScheme, reducedMotion: "reduce", hasTouch: isPhone });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const problems: string[] = [];
    const checked: string[] = [];
    const check = async (what: string): Promise<void> => {
      checked.push(what);
      problems.push(...(await seriousProblems(page)).map((problem) => `${what}: ${problem}`));
    };
    const home = async (): Promise<void> => {
      await page.goto(server.url);
      await page.getByRole("navigation", { name: "Conversations" }).getByText("The team").waitFor();
    };
    const dialog = async (what: string, open: () => Promise<void>): Promise<void> => {
      await open();
      await page.getByRole("dialog").waitFor();
      await check(what);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    };
    const fromMenu = (name: string) => async (): Promise<void> => {
      await page.getByRole("button", { name: "Your menu" }).click();
      await page.getByRole("menuitem", { name }).click();
    };
    const press = (name: string) => () => page.getByRole("button", { name, exact: true }).first().click();

    await page.goto(`${server.url}/register`);
    await page.getByRole("button", { name: "Create account" }).waitFor();
    await check("register");
    await page.goto(server.url);
    await page.getByLabel("Handle or e-mail").fill(`nobody-${size}-${colorScheme}`);
    await page.locator("input[type=password]").fill("wrong");
    await check("sign in");
    await page.keyboard.press("Enter");
    await page.getByText("That name and password do not match.").waitFor();
    await check("sign in, refused");

    await signInByHand(page, server.url, "mehdi");
    await home();
    await check("conversations");
    await page.getByRole("button", { name: "Your menu" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).waitFor();
    await check("own menu");
    await page.keyboard.press("Escape");
    await dialog("profile", fromMenu("Profile and account"));
    await dialog("remove account", async () => {
      await fromMenu("Profile and account")();
      await press("Remove account…")();
      await page.getByRole("heading", { name: "Remove your account?" }).waitFor();
    });
    await dialog("shortcuts", fromMenu("Keyboard shortcuts"));
    await dialog("new chat", press("New chat"));
    await dialog("switcher", () => page.getByRole("button", { name: "Jump to…" }).click());

    await page.goto(`${server.url}/rooms`);
    await page.getByRole("region", { name: "Rooms" }).getByText("The team").waitFor();
    await check("rooms");
    await dialog("create a room", press("Create room"));

    await page.goto(`${server.url}/c/@mehdi1`);
    await page.getByRole("log").getByText("with two lines").waitFor();
    await check("conversation");
    const composer = page.getByRole("textbox", { name: /^Message / });
    await composer.focus();
    await page.keyboard.press("ArrowUp");
    await check("editing");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("menuitem", { name: "Delete" }).waitFor();
    await check("message menu");
    await dialog("delete a message", () => page.getByRole("menuitem", { name: "Delete" }).click());
    await dialog("emoji picker", async () => {
      await composer.focus();
      await page.keyboard.press("Shift+Tab");
      await page.keyboard.press("+");
      await page.getByRole("listbox", { name: "Emoji" }).getByRole("option").first().waitFor();
    });
    await dialog("versions", () =>
      page
        .getByRole("button", { name: /edited/i })
        .first()
        .click(),
    );
    await dialog("pins", press("Pinned messages"));

    await page.goto(`${server.url}/c/%23team`);
    await page.getByRole("log").getByText("hello, all").waitFor();
    await check("room");
    await dialog("room settings", press("Room settings"));
    await dialog("leave a room", press("Leave room"));
    await page.goto(`${server.url}/c/@nobody-here`);
    await page.getByText("nobody-here").first().waitFor();
    await check("nobody there");

    await context.close();
    expect(checked.length).toBeGreaterThan(20);
    expect(problems).toEqual([]);
  });
});

/** What axe calls serious or critical on the page as it is. */
async function seriousProblems(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate((): Promise<AxeResults> =>
    (globalThis as unknown as { axe: typeof axe }).axe.run({ resultTypes: ["violations"] } as never),
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} (${help}) at ${String(target)}: ${failureSummary ?? ""}`),
    );
}
