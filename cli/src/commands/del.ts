import { defineCommand } from "../command.ts";
import { usageError } from "../exit-code.ts";
import { shortened } from "../message-format.ts";
import { parseSeq, SEQ, takeMessage } from "../message-reference.ts";
import { ACTION_OPTIONS, perform } from "../perform.ts";
import { printMessage } from "../print-message.ts";
import { visibleLine } from "../visible-text.ts";

const EXCERPT_WIDTH = 24;

/** Deletes an own message for good. */
export const del = defineCommand({
  name: "del",
  summary: "Delete a message of yours, for good",
  arguments: [SEQ],
  options: ACTION_OPTIONS,
  async run(context) {
    const seq = parseSeq(context.positionals[0]);
    const { client } = await context.openSignedIn();
    await printMessage(context, client, (await perform(context, client, { kind: "delete", seq })).message);
  },
  talk: {
    usage: "[N]",
    summary: "Delete a message of yours, the last by default; asks once",
    run(talk, rest) {
      const { seq, message } = takeMessage(talk, rest, ({ sender, deleted }) => sender === talk.self.id && !deleted);
      if (message !== undefined && message.sender !== talk.self.id)
        throw usageError("Only messages of your own can be deleted.");
      const text = shortened(visibleLine(message?.text ?? ""), EXCERPT_WIDTH);
      talk.ask({
        prompt: `delete ${talk.numbers.numberOf(seq) ?? seq}? y/N`,
        hint: `${text === "" ? "" : `“${text}” `}It is gone for good. Esc cancels.`,
        async answered(answer) {
          if (/^y(es)?$/iu.test(answer.trim())) await talk.act({ kind: "delete", seq });
          else talk.notice("Not deleted.");
        },
      });
    },
  },
});
