import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { CommandError, EXIT, usageError } from "./exit-code.ts";

/** Folders and files of this user alone. */
const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;

/** Settings that outlive a run. */
export interface ProfileSettings {
  readonly server?: string;
  readonly caFile?: string;
  readonly insecure?: boolean;
}

/** A named set of settings and sign-ins, kept under `$XDG_CONFIG_HOME/chat/<name>/`. */
export interface Profile {
  readonly name: string;
  readonly settings: ProfileSettings;
  /** The SDK's state for one server. A file per server: what one server gave is never shown to another. Makes the folder. */
  stateFile(serverUrl: string): Promise<string>;
  /** Where the lines of conversations are kept. Makes the folder. */
  historyFile(): Promise<string>;
  save(settings: ProfileSettings): Promise<void>;
}

/** Where profiles live: `$XDG_CONFIG_HOME/chat`, else `~/.config/chat`. */
export function configDirectory(env: Readonly<Record<string, string | undefined>>, homeDirectory: string): string {
  const base = env["XDG_CONFIG_HOME"];
  return path.join(base !== undefined && path.isAbsolute(base) ? base : path.join(homeDirectory, ".config"), "chat");
}

/** Reads a profile; one that isn't there yet is empty. @throws CommandError for a bad name or an unreadable file. */
export async function openProfile(options: { directory: string; name: string }): Promise<Profile> {
  const { name } = options;
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/u.test(name)) {
    throw usageError(`"${name}" is no profile name: 1 to 32 letters, digits, _ and -.`);
  }
  const directory = path.join(options.directory, name);
  const file = path.join(directory, "profile.json");
  const makeDirectory = () => mkdir(directory, { recursive: true, mode: DIRECTORY_MODE });
  return {
    name,
    settings: await readSettings(file),
    async stateFile(serverUrl) {
      await makeDirectory();
      return path.join(directory, `${serverUrl.replace(/^(\w+):\/\//u, "$1-").replace(/[^A-Za-z0-9.-]+/gu, "_")}.json`);
    },
    async historyFile() {
      await makeDirectory();
      return path.join(directory, "history.json");
    },
    async save(settings) {
      await makeDirectory();
      const draft = `${file}.${process.pid}.new`;
      await writeFile(draft, `${JSON.stringify(settings, undefined, 2)}\n`, { mode: FILE_MODE });
      await rename(draft, file);
    },
  };
}

async function readSettings(file: string): Promise<ProfileSettings> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return {};
    throw new CommandError(EXIT.error, `The profile ${file} cannot be read.`, { cause: error });
  }
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null) return parsed as ProfileSettings;
  } catch {
    // Told below, like any other content that is no object.
  }
  throw new CommandError(EXIT.error, `The profile ${file} is damaged. Mend or delete it.`);
}
