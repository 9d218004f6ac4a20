import type { Command, TalkForm } from "./command.ts";
import { usageError } from "./exit-code.ts";

/** A line that was submitted in a conversation, understood. */
export type SlashLine =
  | { readonly kind: "nothing" }
  | { readonly kind: "say"; readonly text: string }
  | { readonly kind: "command"; readonly name: string; readonly form: TalkForm; readonly rest: string };

/** Understands a line. "//" at the beginning sends a text that begins with a slash. @throws CommandError (usage) */
export function readSlashLine(line: string, commands: readonly Command[]): SlashLine {
  const text = line.trim();
  if (text === "") return { kind: "nothing" };
  if (text === "exit") return readSlashLine("/quit", commands);
  if (text === "?") return readSlashLine("/help", commands);
  if (text.startsWith("//")) return { kind: "say", text: text.slice(1) };
  if (!text.startsWith("/")) return { kind: "say", text: line.trimEnd() };
  const [, name = "", rest = ""] = /^\/(\S*)\s*(.*)$/su.exec(text) ?? [];
  const form = commands.find((command) => command.name === name)?.talk;
  if (form === undefined)
    throw usageError(`There is no /${name}. /help lists what there is; //${name} sends it as text.`);
  return { kind: "command", name, form, rest: rest.trim() };
}

/** The slash commands, one a line. */
export function talkHelp(commands: readonly Command[]): string[] {
  const rows = commands.flatMap(({ name, summary, talk }) =>
    talk === undefined ? [] : [[`/${name} ${talk.usage}`.trim(), talk.summary ?? summary] as const],
  );
  const width = Math.max(...rows.map(([left]) => left.length));
  return [
    ...rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`),
    "N is the number beside a message; without it the command takes the newest that fits.",
    "Return sends, Alt-Return breaks the line, up and down bring back what you wrote, Tab completes / @ # and :emoji.",
  ];
}
