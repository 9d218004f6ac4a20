import { defineCommand } from "../command.ts";
import { composed } from "../compose.ts";
import { usageError } from "../exit-code.ts";
import { parseSeq, SEQ, takeMessage } from "../message-reference.ts";
import { checkedText, DASH, givenText, TEXT_OPTIONS } from "../message-text.ts";
import { ACTION_OPTIONS, perform } from "../perform.ts";
import { printMessage } from "../print-message.ts";

/** Gives an own message another text. */
export const edit = defineCommand({
  name: "edit",
  summary: "Change the text of a message of yours",
  arguments: [SEQ, DASH],
  options: { ...TEXT_OPTIONS, ...ACTION_OPTIONS },
  examples: ["chat edit 8193 -m 'At eight, not at seven'"],
  async run(context) {
    const seq = parseSeq(context.positionals[0]);
    const text = await givenText(context, 1);
    const { client } = await context.openSignedIn();
    const { message } = await perform(context, client, { kind: "edit", seq, text });
    await printMessage(context, client, message);
  },
  talk: {
    usage: "[N] [TEXT]",
    summary: "Change a message of yours (the last; without a text it opens in $EDITOR, or comes to the line)",
    async run(talk, line) {
      const { self, numbers } = talk;
      const own = (message: { sender: number; deleted: boolean }) => message.sender === self.id && !message.deleted;
      const { seq, message, rest } = takeMessage(talk, line, own);
      if (rest !== "") {
        await talk.act({ kind: "edit", seq, text: checkedText(rest) });
        return;
      }
      const present = message ?? (await talk.client.messages.get(seq));
      if (!own(present)) throw usageError("Only messages of your own can be edited.");
      await composed(talk, present.text, {
        prompt: `edit ${numbers.numberOf(seq) ?? seq}`,
        hint: "Return saves, Esc cancels",
        async answered(text) {
          if (text !== present.text) await talk.act({ kind: "edit", seq, text: checkedText(text) });
        },
      });
    },
  },
});
