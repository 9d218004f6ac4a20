import { type Browser, chromium, type Page } from "playwright-core";

/** The system's Chromium, without what would disturb a test. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** Signs a demo user in, and waits for the list of conversations. */
export async function signInByHand(page: Page, url: string, login: string): Promise<void> {
  await page.goto(url);
  await page.getByLabel("Handle or e-mail").fill(login);
  await page.locator("input[type=password]").fill("000000");
  await page.keyboard.press("Enter");
  await page.getByRole("navigation", { name: "Conversations" }).waitFor();
}

/** Writes a message into the conversation that is open. */
export async function say(page: Page, text: string): Promise<void> {
  const composer = page.getByRole("textbox", { name: /^Message / });
  await composer.fill(text);
  await composer.press("Enter");
}
