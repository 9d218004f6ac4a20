import { defineCommand } from "../command.ts";
import { usageError } from "../exit-code.ts";
import { takeMessage } from "../message-reference.ts";

/** Shows a message with those around it: by default the one that the newest reply answers. */
export const goto = defineCommand({
  name: "goto",
  summary: "Show a message and those around it",
  arguments: [],
  options: {},
  talk: {
    usage: "[N]",
    summary: "Show what was said around a message; by default the one last replied to",
    async run(talk, rest) {
      const { seq, message } = takeMessage(talk, rest, ({ replyTo }) => replyTo !== undefined);
      if (rest !== "" && !/^\d+$/u.test(rest)) throw usageError("Say which: /goto N");
      await talk.showAround(rest === "" ? (message?.replyTo ?? seq) : seq);
    },
  },
});
