import type { Command, OptionTable } from "./command.ts";
import { GLOBAL_OPTIONS } from "./arguments.ts";
import { EXIT } from "./exit-code.ts";
import type { Style } from "./printer.ts";

/** The page that lists all commands. */
export function programHelp(commands: readonly Command[], style: Style): string {
  return [
    `${style.bold("chat")} - talk from the terminal`,
    "",
    heading("Usage", style),
    "  chat                      sign in, pick somebody, talk",
    "  chat @handle | '#room'    go straight there",
    "  chat COMMAND [options]",
    "",
    heading("Commands", style),
    ...columns(commands.filter(({ run }) => run !== undefined).map((command) => [usageOf(command), command.summary])),
    "",
    heading("Options", style),
    ...columns(optionRows(GLOBAL_OPTIONS)),
    "",
    heading("Exit codes", style),
    `  ${EXIT.ok} ok, ${EXIT.error} error, ${EXIT.usage} usage, ${EXIT.signInNeeded} sign-in needed, ${EXIT.notFound} not found, ${EXIT.network} network, ${EXIT.conflict} conflict`,
    "",
    '"chat help COMMAND" tells more, "chat help json" what --json prints, "chat help talk" what you can type in a conversation.',
    "Passwords are asked for, or come from a file, standard input or CHAT_PASSWORD.",
  ].join("\n");
}

/** The page of one command. */
export function commandHelp(command: Command, style: Style): string {
  if (command.run === undefined) return `/${command.name} ${command.talk?.usage ?? ""} - ${command.summary}`;
  const own = optionRows(command.options);
  const examples = command.examples ?? [];
  return [
    `${style.bold(`chat ${usageOf(command)}`)} - ${command.summary}`,
    ...(command.arguments.length === 0
      ? []
      : ["", ...columns(command.arguments.map(({ name, summary }) => [name, summary]))]),
    ...(own.length === 0 ? [] : ["", heading("Options", style), ...columns(own)]),
    "",
    heading("Options of every command", style),
    ...columns(optionRows(GLOBAL_OPTIONS)),
    ...(command.talk === undefined
      ? []
      : ["", heading("In a conversation", style), `  /${command.name} ${command.talk.usage}`.trimEnd()]),
    ...(examples.length === 0 ? [] : ["", heading("Examples", style), ...examples.map((example) => `  ${example}`)]),
  ].join("\n");
}

/** "send ADDRESS [-]": the name and its words. */
function usageOf(command: Command): string {
  return [command.name, ...command.arguments.map(({ name, required }) => (required ? name : `[${name}]`))].join(" ");
}

function optionRows(table: OptionTable): [string, string][] {
  return Object.entries(table).map(([name, option]) => {
    const flag = `${option.short === undefined ? "    " : `-${option.short}, `}--${name}`;
    return [
      option.type === "boolean" ? flag : `${flag} ${option.placeholder ?? option.choices?.join("|") ?? "VALUE"}`,
      option.summary,
    ];
  });
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}

function heading(text: string, style: Style): string {
  return style.bold(text);
}
