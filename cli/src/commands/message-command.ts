import type { ChatMessage, OutboxAction } from "@chat/client";
import { defineCommand, type Command } from "../command.ts";
import { parseEmoji } from "../emoji.ts";
import { parseSeq, SEQ, takeMessage } from "../message-reference.ts";
import { ACTION_OPTIONS, perform } from "../perform.ts";
import { printMessage } from "../print-message.ts";

/** An action that takes a message and nothing else, in both places. */
export function definePlainAction(given: {
  name: string;
  summary: string;
  /** Which message is meant where none is named; by default the newest. */
  otherwise?: (message: ChatMessage) => boolean;
  action(seq: number): OutboxAction;
}): Command {
  const { name, summary, otherwise = isThere, action } = given;
  return defineCommand({
    name,
    summary,
    arguments: [SEQ],
    options: ACTION_OPTIONS,
    async run(context) {
      const seq = parseSeq(context.positionals[0]);
      const { client } = await context.openSignedIn();
      await printMessage(context, client, (await perform(context, client, action(seq))).message);
    },
    talk: {
      usage: "[N]",
      async run(talk, rest) {
        await talk.act(action(takeMessage(talk, rest, otherwise).seq));
      },
    },
  });
}

/** An action that takes a message and an emoji, in both places. */
export function defineEmojiAction(given: {
  name: string;
  summary: string;
  action(seq: number, emoji: string): OutboxAction;
  examples: readonly string[];
}): Command {
  const { name, summary, action, examples } = given;
  return defineCommand({
    name,
    summary,
    arguments: [SEQ, { name: "EMOJI", summary: "An emoji, or its name: thumbsup", required: true }],
    options: ACTION_OPTIONS,
    examples,
    async run(context) {
      const seq = parseSeq(context.positionals[0]);
      const emoji = await parseEmoji(context.positionals[1] ?? "");
      const { client } = await context.openSignedIn();
      await printMessage(context, client, (await perform(context, client, action(seq, emoji))).message);
    },
    talk: {
      usage: "[N] EMOJI",
      async run(talk, rest) {
        const { seq, rest: word } = takeMessage(talk, rest, isThere);
        await talk.act(action(seq, await parseEmoji(word)));
      },
    },
  });
}

function isThere(message: ChatMessage): boolean {
  return !message.deleted;
}
