import { readFile } from "node:fs/promises";
import path from "node:path";
import { text as readAll } from "node:stream/consumers";
import type { CommandContext, OptionTable } from "./command.ts";
import { CommandError, EXIT, usageError } from "./exit-code.ts";

/** Where a script's password comes from: never from the arguments, which other people's process lists show. */
export const PASSWORD_OPTIONS = {
  "password-file": { type: "string", placeholder: "FILE", summary: "Read the password from a file" },
  "password-stdin": { type: "boolean", summary: "Read the password from standard input" },
} as const satisfies OptionTable;

type PasswordContext = Pick<CommandContext<typeof PASSWORD_OPTIONS>, "values" | "env" | "input" | "workingDirectory">;

/** The password a script gave, without the line break at its end. Undefined where it gave none. @throws CommandError */
export async function givenPassword(context: PasswordContext): Promise<string | undefined> {
  const { values, env, input } = context;
  const file = values["password-file"];
  if (file !== undefined && values["password-stdin"]) {
    throw usageError("Give either --password-file or --password-stdin.");
  }
  if (file !== undefined) return withoutLineBreak(await readPasswordFile(path.resolve(context.workingDirectory, file)));
  if (values["password-stdin"]) return withoutLineBreak(await readAll(input));
  return env["CHAT_PASSWORD"] || undefined;
}

/** What to tell a script that gave no password. */
export function passwordMissing(): CommandError {
  return usageError("No password: use --password-file FILE, --password-stdin or CHAT_PASSWORD (a terminal is asked).");
}

async function readPasswordFile(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new CommandError(EXIT.error, `The password file ${file} cannot be read.`, { cause: error });
  }
}

function withoutLineBreak(text: string): string {
  return text.replace(/\r?\n$/u, "");
}
