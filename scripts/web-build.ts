import { execFile } from "node:child_process";
import { glob, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT, tool, toolEnvironment } from "./paths.ts";

/** What the built web app is made of, as globs below the repository. */
const SOURCES = [
  "web/src/**/*",
  "web/public/**/*",
  "web/index.html",
  "web/vite.config.ts",
  "web/package.json",
  "client/src/**/*.ts",
  "proto/gen/**/*.js",
  "package-lock.json",
];

/** The file whose age is the age of the build. */
const BUILT = "web/dist/index.html";

/** Builds the web app into `web/dist` where it is missing or older than its sources; says so through `say`. */
export async function ensureWebBuilt(say: (line: string) => void): Promise<void> {
  const why = await staleness(ROOT, SOURCES, BUILT);
  if (why === undefined) return;
  say(`Building the web app (${why}) …`);
  const before = performance.now();
  await promisify(execFile)(tool("vite"), ["build", "--logLevel", "warn"], {
    cwd: join(ROOT, "web"),
    env: { ...toolEnvironment(), NODE_ENV: "production" },
    maxBuffer: 1 << 24,
  }).catch((cause: Error & { stdout?: string; stderr?: string }) => {
    throw new Error(`The web app can't be built:\n${cause.stderr || cause.stdout || cause.message}`, { cause });
  });
  say(`Built the web app in ${((performance.now() - before) / 1000).toFixed(1)} s.`);
}

/** Why `built` has to be made again: it is missing, or a source is newer. Undefined where it is up to date. */
export async function staleness(root: string, sources: readonly string[], built: string): Promise<string | undefined> {
  const builtAt = await modifiedAt(join(root, built));
  if (builtAt === undefined) return `${built} is missing`;
  for await (const source of glob([...sources], { cwd: root })) {
    const changedAt = await modifiedAt(join(root, source));
    if (changedAt !== undefined && changedAt > builtAt) return `${source} has changed`;
  }
  return undefined;
}

/** ms since 1970; undefined where there is no such file. */
async function modifiedAt(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined); // not there
  return found?.isFile() ? found.mtimeMs : undefined;
}
