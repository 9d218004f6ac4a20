import { defineCommand } from "../command.ts";
import { composed } from "../compose.ts";
import { usageError } from "../exit-code.ts";
import { parseSeq, SEQ, takeMessage } from "../message-reference.ts";
import { checkedText, DASH, givenText, TEXT_OPTIONS } from "../message-text.ts";
import { ACTION_OPTIONS, perform } from "../perform.ts";
import { printMessage } from "../print-message.ts";

/** Answers a message in its conversation. */
export const reply = defineCommand({
  name: "reply",
  summary: "Answer a message",
  arguments: [SEQ, DASH],
  options: { ...TEXT_OPTIONS, ...ACTION_OPTIONS },
  examples: ["chat reply 8193 -m 'Me too'"],
  async run(context) {
    const replyTo = parseSeq(context.positionals[0]);
    const text = await givenText(context, 1);
    const { client } = await context.openSignedIn();
    const { conversation } = await client.messages.get(replyTo);
    const { message } = await perform(context, client, { kind: "send", conversation, text, replyTo });
    await printMessage(context, client, message);
  },
  talk: {
    usage: "[N] [TEXT]",
    summary: "Answer a message (the newest of others; without a text it opens $EDITOR)",
    async run(talk, line) {
      const { seq, rest } = takeMessage(talk, line, ({ sender, deleted }) => sender !== talk.self.id && !deleted);
      const send = async (text: string) => {
        await talk.act({ kind: "send", conversation: talk.here, text: checkedText(text), replyTo: seq });
      };
      if (rest !== "") return send(rest);
      if (talk.compose === undefined)
        throw usageError("Say more: /reply N TEXT. To write in an editor set EDITOR before the start of chat.");
      await composed(talk, "", {
        prompt: `reply ${talk.numbers.numberOf(seq) ?? seq}`,
        hint: "Return sends, Esc cancels",
        answered: send,
      });
    },
  },
});
