import { spawn } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { text as readAll } from "node:stream/consumers";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { ROOT } from "../../scripts/paths.ts";
import { say as sayIn, signInByHand, startBrowser } from "./browser.ts";
import { type Cluster, startCluster, until } from "./harness.ts";

const NODE = join(ROOT, "node_modules", ".bin", "node");
const FIRST_LOAD_MAX_BYTES = 130_000;

/** The terminal client with a home of its own. */
async function createTerminal(url: string): Promise<{
  run(args: string[], input?: string): Promise<{ code: number | null; out: string; err: string }>;
  follow(args: string[]): { lines: () => string[]; stop(): Promise<void> };
}> {
  const home = await mkdtemp(join(tmpdir(), "chat-cli-"));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const env = { ...process.env, HOME: home, XDG_CONFIG_HOME: join(home, ".config"), CHAT_SERVER: url, NO_COLOR: "1" };
  const start = (args: string[]) =>
    spawn(NODE, [join(ROOT, "cli/src/main.ts"), ...args], { env, stdio: ["pipe", "pipe", "pipe"] });
  return {
    async run(args, input = "") {
      const child = start(args);
      child.stdin.end(input);
      const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
      const [out, err] = await Promise.all([readAll(child.stdout), readAll(child.stderr)]);
      return { code: await ended, out, err };
    },
    follow(args) {
      const child = start(args);
      let out = "";
      child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
      return {
        lines: () => out.split("\n").filter((line) => line !== ""),
        async stop() {
          const ended = new Promise((resolve) => child.once("exit", resolve));
          child.kill("SIGTERM");
          await ended;
        },
      };
    },
  };
}

describe("a browser on one server and a terminal on the other", () => {
  let cluster: Cluster;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];
  const scripts = new Set<string>();
  beforeAll(async () => {
    cluster = await startCluster(2);
    browser = await startBrowser();
    page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    page.on("request", (request) => {
      const name = basename(new URL(request.url()).pathname);
      if (name.endsWith(".js") && request.url().includes("/assets/")) scripts.add(name);
    });
  });
  afterAll(async () => {
    await browser?.close();
    await cluster?.[Symbol.asyncDispose]();
  });
  const urlOf = (index: number): string => cluster.servers[index]?.url ?? "";
  const say = (text: string): Promise<void> => sayIn(page, text);

  it("signs in within the size that a first load may have", async () => {
    await signInByHand(page, urlOf(0), "mehdi");
    await page.waitForTimeout(500); // what the page loads behind its first picture counts, too
    const sizes = await Promise.all(
      [...scripts].map(async (name) => {
        const file = join(ROOT, "web/dist/assets", name);
        return (await stat(`${file}.gz`).catch(() => stat(file))).size;
      }),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(FIRST_LOAD_MAX_BYTES);
  });

  it("talks both ways, in order, and survives the death of the browser's server", async () => {
    const terminal = await createTerminal(urlOf(1));
    expect(await terminal.run(["login", "--user", "mehdi1", "--password-stdin"], "000000\n")).toMatchObject({
      code: 0,
    });
    expect((await terminal.run(["whoami", "--json"])).out).toContain('"handle":"mehdi1"');
    const tail = terminal.follow(["tail", "@mehdi", "--follow", "--json", "--limit", "0"]);

    await page.goto(`${urlOf(0)}/c/@mehdi1`);
    const log = page.getByRole("log");
    await log.waitFor();
    // Until the terminal follows, what is said is history for it.
    await until("the terminal follows", async () => {
      await say("are you there?");
      await page.waitForTimeout(300);
      return tail.lines().length > 0;
    });
    await say("from the <b>browser</b>");
    await until("the terminal shows it", () => tail.lines().some((line) => line.includes("from the <b>browser</b>")));

    expect(await terminal.run(["send", "@mehdi", "-m", "from the terminal"])).toMatchObject({ code: 0 });
    await log.getByText("from the terminal").waitFor();
    expect(await log.getByText("from the <b>browser</b>").count()).toBe(1);

    await cluster.servers[0]?.kill();
    await say("written while it was dead");
    await log.getByText("written while it was dead").waitFor();
    expect(await terminal.run(["send", "@mehdi", "-m", "sent meanwhile"])).toMatchObject({ code: 0 });
    await cluster.servers[0]?.restart();
    await until(
      "the terminal got what waited",
      () => tail.lines().some((line) => line.includes("written while it was dead")),
      45_000,
    );
    await log.getByText("sent meanwhile").waitFor({ timeout: 45_000 });
    for (const text of ["written while it was dead", "sent meanwhile", "from the terminal"])
      expect(await log.getByText(text).count()).toBe(1);
    await tail.stop();

    const missing = await terminal.run(["send", "@nobody-here", "-m", "x"]);
    expect(missing.code).toBe(4);
  });

  it("keeps another tab of the same person in step, and a draft across a reload", async () => {
    const tab = await page.context().newPage();
    await tab.goto(`${urlOf(0)}/c/@mehdi1`);
    await tab.getByRole("log").waitFor();
    await say("seen in both tabs");
    await tab.getByRole("log").getByText("seen in both tabs").waitFor();
    await tab.getByRole("textbox", { name: /^Message / }).fill("half a thought");
    await tab.reload();
    await until(
      "the draft is back",
      async () => (await tab.getByRole("textbox", { name: /^Message / }).inputValue()) === "half a thought",
    );
    await tab.close();
  });

  it("logs nothing but the cuts that were made", () => {
    expect(problems.filter((text) => !/Failed to load resource|ERR_|net::/.test(text))).toEqual([]);
  });
});
