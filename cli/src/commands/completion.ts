import { GLOBAL_OPTIONS } from "../arguments.ts";
import { defineCommand, type Command, type OptionTable } from "../command.ts";
import { usageError } from "../exit-code.ts";
import { HELP_TOPICS } from "./help.ts";

/** Shells that can be served. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** Writes a completion script derived from the list of commands. */
export function createCompletion(commands: () => readonly Command[]): Command {
  return defineCommand({
    name: "completion",
    summary: "Print a completion script for your shell",
    arguments: [{ name: "SHELL", summary: SHELLS.join(", "), required: true }],
    options: {},
    examples: ["source <(chat completion bash)", "chat completion fish > ~/.config/fish/completions/chat.fish"],
    async run({ positionals, print }) {
      const shell = SHELLS.find((name) => name === positionals[0]);
      if (shell === undefined) throw usageError(`SHELL is one of ${SHELLS.join(", ")}.`);
      print.line(completionScript(shell, commands()));
    },
  });
}

/** The script for one shell. */
export function completionScript(shell: (typeof SHELLS)[number], all: readonly Command[]): string {
  const commands = all.filter(({ run }) => run !== undefined);
  switch (shell) {
    case "bash":
      return bashScript(commands);
    case "zsh":
      // zsh runs bash's functions; two scripts would drift apart.
      return [
        "#compdef chat",
        "autoload -U +X compinit bashcompinit && compinit && bashcompinit",
        bashScript(commands),
      ].join("\n");
    case "fish":
      return fishScript(commands);
  }
}

function bashScript(commands: readonly Command[]): string {
  return [
    "_chat() {",
    '  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}" command="" index',
    "  COMPREPLY=()",
    // The command is the first word that is no option nor the value of one.
    "  for ((index = 1; index < COMP_CWORD; index++)); do",
    '    case "${COMP_WORDS[index]}" in',
    `      ${valueOptions(GLOBAL_OPTIONS).join("|")}) index=$((index + 1)) ;;`,
    "      -*) ;;",
    '      *) command="${COMP_WORDS[index]}"; break ;;',
    "    esac",
    "  done",
    '  case "$previous" in',
    ...fileOptions(commands).map((name) => `    --${name}) COMPREPLY=($(compgen -f -- "$current")); return ;;`),
    ...choiceOptions(commands).map(
      ([name, choices]) => `    --${name}) COMPREPLY=($(compgen -W "${choices.join(" ")}" -- "$current")); return ;;`,
    ),
    "  esac",
    '  if [ -z "$command" ]; then',
    `    COMPREPLY=($(compgen -W "${[...commands.map(({ name }) => name), ...flags(GLOBAL_OPTIONS)].join(" ")}" -- "$current"))`,
    "    return",
    "  fi",
    '  case "$command" in',
    ...commands.map(
      (command) => `    ${command.name}) COMPREPLY=($(compgen -W "${words(command, commands)}" -- "$current")) ;;`,
    ),
    "  esac",
    "}",
    "complete -F _chat chat",
  ].join("\n");
}

function fishScript(commands: readonly Command[]): string {
  const option = (name: string, { short, summary, type, placeholder, choices }: OptionTable[string]) =>
    [
      `-l ${name}`,
      ...(short === undefined ? [] : [`-s ${short}`]),
      ...(type === "string" ? [placeholder === "FILE" ? "-rF" : "-x"] : []),
      ...(choices === undefined ? [] : [`-a ${fishQuote(choices.join(" "))}`]),
      `-d ${fishQuote(summary)}`,
    ].join(" ");
  return [
    "complete -c chat -f",
    ...Object.entries(GLOBAL_OPTIONS).map(([name, spec]) => `complete -c chat ${option(name, spec)}`),
    ...commands.flatMap((command) => [
      `complete -c chat -n __fish_use_subcommand -a ${command.name} -d ${fishQuote(command.summary)}`,
      ...Object.entries(command.options).map(
        ([name, spec]) => `complete -c chat -n '__fish_seen_subcommand_from ${command.name}' ${option(name, spec)}`,
      ),
    ]),
    `complete -c chat -n '__fish_seen_subcommand_from completion' -a '${SHELLS.join(" ")}'`,
    `complete -c chat -n '__fish_seen_subcommand_from help' -a '${[...commands.map(({ name }) => name), ...HELP_TOPICS].join(" ")}'`,
  ].join("\n");
}

function words(command: Command, commands: readonly Command[]): string {
  const first =
    command.name === "completion"
      ? SHELLS
      : command.name === "help"
        ? [...commands.map(({ name }) => name), ...HELP_TOPICS]
        : [];
  return [...flags(command.options), ...flags(GLOBAL_OPTIONS), ...first].join(" ");
}

function valueOptions(table: OptionTable): string[] {
  return Object.keys(table).flatMap((name) => (table[name]?.type === "string" ? [`--${name}`] : []));
}

function flags(table: OptionTable): string[] {
  return Object.keys(table).map((name) => `--${name}`);
}

function fileOptions(commands: readonly Command[]): string[] {
  const tables: OptionTable[] = [GLOBAL_OPTIONS, ...commands.map(({ options }) => options)];
  const names = tables.flatMap((table) => Object.keys(table).filter((name) => table[name]?.placeholder === "FILE"));
  return [...new Set(names)];
}

function choiceOptions(commands: readonly Command[]): [string, readonly string[]][] {
  return commands.flatMap(({ options }) =>
    Object.entries(options).flatMap(([name, { choices }]): [string, readonly string[]][] =>
      choices === undefined ? [] : [[name, choices]],
    ),
  );
}

function fishQuote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
