import { defineCommand } from "../command.ts";
import { isoTime } from "../json-shapes.ts";
import { stamp } from "../message-format.ts";
import { parseSeq, SEQ, takeMessage } from "../message-reference.ts";
import { visibleText } from "../visible-text.ts";

/** Lists the texts that a message had before it was edited. */
export const versions = defineCommand({
  name: "versions",
  summary: "List the texts that a message had, oldest first",
  arguments: [SEQ],
  options: {},
  async run({ positionals, print, openSignedIn }) {
    const seq = parseSeq(positionals[0]);
    const { client } = await openSignedIn();
    const texts = await client.messages.versions(seq);
    for (const { text, at } of texts) {
      if (print.asJson) print.json({ seq, text, at: isoTime(at) });
      else print.line(`${print.style.dim(stamp(at))} ${visibleText(text).replaceAll("\n", "\n    ")}`);
    }
    if (texts.length === 0 && !print.asJson) print.note("It was never edited.");
  },
  talk: {
    usage: "[N]",
    summary: "Show the texts that a message had; by default the last edited one",
    async run(talk, rest) {
      const { seq } = takeMessage(talk, rest, ({ editedAt }) => editedAt !== undefined);
      const texts = await talk.client.messages.versions(seq);
      for (const { text, at } of texts) talk.notice(`${stamp(at)} ${visibleText(text)}`);
      if (texts.length === 0) talk.notice("It was never edited.");
    },
  },
});
