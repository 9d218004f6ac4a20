import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { CommandError, EXIT } from "../exit-code.ts";

/** Opens a file in an editor on this terminal. Resolves with its exit code when it has ended. */
export type OpenEditor = (command: string, file: string) => Promise<number>;

/** The editor of this person, as git and others choose it; undefined: none is set. */
export function editorCommand(env: Readonly<Record<string, string | undefined>>): string | undefined {
  return [env["VISUAL"], env["EDITOR"]].find((command) => command !== undefined && command.trim() !== "");
}

/** Gives a text to the editor and takes it back. @throws CommandError where the editor fails: then nothing was written */
export async function editText(text: string, command: string, open: OpenEditor): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "chat-message-"));
  try {
    const file = path.join(folder, "message.txt");
    await writeFile(file, text === "" ? "" : `${text}\n`, { mode: 0o600 });
    const code = await open(command, file);
    if (code !== 0) throw new CommandError(EXIT.error, `The editor "${command}" failed. Nothing has changed.`);
    return (await readFile(file, "utf8")).replace(/\r\n/gu, "\n").replace(/\n+$/u, "");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The command may have arguments ("code --wait"), so a shell reads it. */
export const openEditor: OpenEditor = async (command, file) => {
  const child =
    process.platform === "win32"
      ? spawn(`${command} "${file}"`, { stdio: "inherit", shell: true })
      : spawn("sh", ["-c", `${command} "$1"`, "chat", file], { stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
};
