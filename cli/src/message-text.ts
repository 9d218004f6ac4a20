import { text as readAll } from "node:stream/consumers";
import { countCodePoints, TEXT_MAX_CODE_POINTS, textProblem } from "@chat/client/message-text";
import type { CommandContext, OptionTable } from "./command.ts";
import { usageError } from "./exit-code.ts";

/** Where a command takes a text from. */
export const TEXT_OPTIONS = {
  message: { type: "string", short: "m", placeholder: "TEXT", summary: "The text" },
} as const satisfies OptionTable;

/** The word that stands for standard input. */
export const DASH = { name: "-", summary: "Take the text from standard input", required: false } as const;

/** The text from -m, or from standard input where the word after `position` others is "-". @throws CommandError (usage) */
export async function givenText(
  { values, positionals, input }: Pick<CommandContext<typeof TEXT_OPTIONS>, "values" | "positionals" | "input">,
  position: number,
): Promise<string> {
  const dash = positionals[position];
  if (dash !== undefined && dash !== "-")
    throw usageError(`The text goes after -m, or "-" takes it from standard input.`);
  if ((dash === undefined) === (values.message === undefined))
    throw usageError(`Give the text: either -m TEXT or "-" for standard input.`);
  return checkedText(values.message ?? (await readAll(input)).replace(/\r?\n$/u, ""));
}

/** A text that the server takes. @throws CommandError (usage) */
export function checkedText(text: string): string {
  switch (textProblem(text)) {
    case undefined:
      return text;
    case "blank":
      throw usageError("The text is empty.");
    case "nul":
      throw usageError("The text has a NUL character in it.");
    case "too-long":
      throw usageError(
        `A message has at most ${TEXT_MAX_CODE_POINTS} characters, this one has ${countCodePoints(text)}. It is not sent.`,
      );
  }
}
