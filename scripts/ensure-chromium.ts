import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

const PLACES = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The path of a Chromium: the one in CHROMIUM, an installed one, else Debian's package where this may install it. @throws Error that says what to install */
export async function ensureChromium(say: (line: string) => void): Promise<string> {
  const found = await installed();
  if (found !== undefined) return found;
  if (process.getuid?.() === 0) {
    say("Installing chromium from Debian's packages …");
    try {
      await run("apt-get", ["update", "-q"], { maxBuffer: 1 << 26 });
      await run("apt-get", ["install", "-q", "-y", "--no-install-recommends", "chromium"], {
        maxBuffer: 1 << 26,
        env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      });
    } catch (cause) {
      throw new Error(`${WHAT_TO_INSTALL} (${(cause as Error).message.split("\n")[0]})`, { cause });
    }
    const now = await installed();
    if (now !== undefined) return now;
  }
  throw new Error(WHAT_TO_INSTALL);
}

const WHAT_TO_INSTALL =
  "The browser tests need Chromium: Debian and Ubuntu `apt install chromium`, macOS `brew install --cask chromium`, elsewhere Chrome; or name one in CHROMIUM";

async function installed(): Promise<string | undefined> {
  for (const path of PLACES) {
    if (path === undefined || path === "") continue;
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {
      // Not here: the next place is tried.
    }
  }
  return undefined;
}
