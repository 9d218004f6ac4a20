import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { bringFromDebian } from "./bring-from-debian.ts";

const run = promisify(execFile);

/**
 * The oldest nats-server that will do: `sync_interval: always`, and the fixes for streams that were forgotten after `kill -9`
 * (nats-server#6188, #6888).
 */
export const MIN_VERSION = "2.10.27";

/** Where a nats-server that was brought is kept: `$XDG_CACHE_HOME/chat/nats-server`, else `~/.cache/chat/nats-server`. */
export function natsServerCacheDir(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "chat", "nats-server");
}

/**
 * The path of a nats-server of {@link MIN_VERSION} or newer: the one that `NATS_SERVER_BIN` names, else the cached one, else the
 * one on the PATH, else one brought from Debian's packages into the cache, without installing anything. May be called by
 * several processes at once.
 *
 * @throws Error that says what to install when there is none.
 */
export async function ensureNatsServer(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const named = env.NATS_SERVER_BIN;
  if (named) {
    const version = await natsServerVersion(named);
    if (version !== undefined && isFitting(version)) return named;
    throw new Error(
      `NATS_SERVER_BIN=${named}: ${version ? `is version ${version}` : "can't be run"}. ${WHAT_TO_INSTALL}`,
    );
  }

  const cached = join(natsServerCacheDir(env), "nats-server");
  const found = [cached, ...(env.PATH ?? "").split(delimiter).filter(Boolean).map(inDirectory)];
  const tooOld: string[] = [];
  for (const path of found) {
    const version = await natsServerVersion(path);
    if (version === undefined) continue;
    if (isFitting(version)) return path;
    tooOld.push(`${path} is version ${version}`);
  }

  const why = await bringFromDebian(cached).then(
    () => undefined,
    (cause: Error) => cause.message,
  );
  const version = await natsServerVersion(cached);
  if (version !== undefined && isFitting(version)) return cached;
  throw new Error([...tooOld, why, WHAT_TO_INSTALL].filter(Boolean).join(". "));
}

/** The version that this nats-server says it is, undefined where it can't be run. */
export async function natsServerVersion(path: string): Promise<string | undefined> {
  try {
    await access(path, constants.X_OK);
    const { stdout } = await run(path, ["--version"], { timeout: 10_000 });
    return /v(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  } catch {
    return undefined; // not there or not for this machine: the next place is tried
  }
}

/** Whether a version is {@link MIN_VERSION} or newer. */
export function isFitting(version: string): boolean {
  return version.localeCompare(MIN_VERSION, "en", { numeric: true }) >= 0;
}

const WHAT_TO_INSTALL =
  `A nats-server ${MIN_VERSION} or newer is needed: Debian 13 or newer \`apt install nats-server\`, macOS \`brew install nats-server\`, ` +
  "Windows `winget install NATSAuthors.NATSServer`, elsewhere a release from https://github.com/nats-io/nats-server/releases " +
  "or the image `nats`; then put it on the PATH or name it in NATS_SERVER_BIN";

function inDirectory(directory: string): string {
  return join(directory, process.platform === "win32" ? "nats-server.exe" : "nats-server");
}
