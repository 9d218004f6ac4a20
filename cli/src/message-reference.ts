import type { ChatMessage } from "@chat/client";
import { usageError } from "./exit-code.ts";
import type { TalkContext } from "./talk-context.ts";
import { parseCount } from "./time-input.ts";

/** The word by which the shell names a message. */
export const SEQ = { name: "SEQ", summary: "The message, by its seq (read --seq shows it)", required: true } as const;

/** Seqs begin here; what is smaller can only be a number on the screen. */
const FIRST_SEQ = 4_096;

/** A seq from the shell. @throws CommandError (usage) */
export function parseSeq(text: string | undefined): number {
  return parseCount(text ?? "", "SEQ", { min: 1, max: Number.MAX_SAFE_INTEGER });
}

/** A message that a line in a conversation begins with. */
export interface MessageReference {
  readonly seq: number;
  readonly message: ChatMessage | undefined;
  /** What follows. */
  readonly rest: string;
}

/**
 * "12 text": the message with this number on the screen, or with this seq. Without a number it is the newest that satisfies.
 * @throws CommandError (usage) where there is none
 */
export function takeMessage(
  { numbers }: Pick<TalkContext, "numbers">,
  line: string,
  otherwise: (message: ChatMessage) => boolean,
): MessageReference {
  const [, digits, rest = ""] = /^(\d+)(?:\s+(.*))?$/su.exec(line) ?? [];
  if (digits === undefined) {
    const message = numbers.newest(otherwise);
    if (message === undefined) throw usageError("There is no such message here.");
    return { seq: message.seq, message, rest: line };
  }
  const number = Number(digits);
  const message = numbers.at(number);
  if (message !== undefined) return { seq: message.seq, message, rest };
  if (number < FIRST_SEQ) throw usageError(`No message on the screen has the number ${number}.`);
  return { seq: number, message: numbers.get(number), rest };
}
