import { parseArgs } from "node:util";
import type { Command, OptionTable } from "./command.ts";
import { usageError } from "./exit-code.ts";

/** Options that every command takes. */
export const GLOBAL_OPTIONS = {
  server: {
    type: "string",
    placeholder: "URL",
    summary: "Server to talk to (CHAT_SERVER; else where you signed in last)",
  },
  profile: {
    type: "string",
    placeholder: "NAME",
    summary: "Separate sign-in and settings (CHAT_PROFILE; default: default)",
  },
  ca: { type: "string", placeholder: "FILE", summary: "Trust the certificates of this authority" },
  insecure: { type: "boolean", summary: "Trust any certificate (development only)" },
  json: { type: "boolean", summary: "Print one JSON object a line" },
  help: { type: "boolean", short: "h", summary: "Show help" },
  version: { type: "boolean", summary: "Show the version" },
} as const satisfies OptionTable;

/** Values by long option name. */
export type ParsedValues = Readonly<Record<string, string | boolean | undefined>>;

/** A command line taken apart. */
export interface ParsedLine {
  /** Undefined: no command was named. */
  readonly command: Command | undefined;
  readonly values: ParsedValues;
  readonly positionals: readonly string[];
}

/**
 * Takes a command line apart. An address in the place of a command means `fallback` with that address.
 * @throws CommandError (usage) for unknown commands, unknown options and missing or superfluous words.
 */
export function parseLine(args: readonly string[], commands: readonly Command[], fallback: Command): ParsedLine {
  const nameIndex = findName(args);
  const word = nameIndex === undefined ? undefined : args[nameIndex];
  if (nameIndex === undefined || word === undefined) {
    const { values } = parseStrictly(args, { ...fallback.options, ...GLOBAL_OPTIONS });
    return { command: undefined, values, positionals: [] };
  }
  const isAddress = word.startsWith("@") || word.startsWith("#");
  const command = isAddress ? fallback : commands.find(({ name }) => name === word);
  if (command === undefined) throw usageError(`There is no command "${word}". "chat help" lists them.`);
  const rest = isAddress ? args : args.toSpliced(nameIndex, 1);
  const { values, positionals } = parseStrictly(rest, { ...command.options, ...GLOBAL_OPTIONS });
  if (values["help"] !== true) checkWords(command, positionals);
  return { command, values, positionals };
}

/** Index of the command's name: the first word that is no option nor the value of a global one. */
function findName(args: readonly string[]): number | undefined {
  const { tokens } = parseArgs({
    args: [...args],
    options: parserOptions(GLOBAL_OPTIONS),
    strict: false,
    tokens: true,
  });
  return tokens.find((token) => token.kind === "positional")?.index;
}

function parseStrictly(args: readonly string[], table: OptionTable): { values: ParsedValues; positionals: string[] } {
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], options: parserOptions(table), allowPositionals: true, strict: true });
  } catch (error) {
    // The runtime's words begin with what is wrong and go on with advice on its own interface.
    throw usageError(error instanceof Error ? (error.message.split(". ")[0] ?? error.message) + "." : String(error));
  }
  const values: Record<string, string | boolean | undefined> = { ...parsed.values };
  for (const [name, option] of Object.entries(table)) {
    if (option.type === "boolean") values[name] ??= false;
    const value = values[name];
    if (option.choices !== undefined && typeof value === "string" && !option.choices.includes(value)) {
      throw usageError(`--${name} takes ${option.choices.join(", ")}, not "${value}".`);
    }
  }
  return { values, positionals: parsed.positionals };
}

function parserOptions(table: OptionTable): Record<string, { type: "string" | "boolean"; short?: string }> {
  return Object.fromEntries(
    Object.entries(table).map(([name, { type, short }]) => [name, { type, ...(short === undefined ? {} : { short }) }]),
  );
}

function checkWords(command: Command, positionals: readonly string[]): void {
  const missing = command.arguments.find((argument, index) => argument.required && positionals[index] === undefined);
  if (missing !== undefined) throw usageError(`${missing.name} is missing. "chat help ${command.name}" tells more.`);
  const extra = positionals[command.arguments.length];
  if (extra !== undefined) throw usageError(`"${extra}" is one word too many. "chat help ${command.name}" tells more.`);
}
