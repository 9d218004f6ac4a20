import { defineCommand } from "../command.ts";
import { usageError } from "../exit-code.ts";
import { checkedText } from "../message-text.ts";

/** Says what one does. */
export const me = defineCommand({
  name: "me",
  summary: "Say what you do",
  arguments: [],
  options: {},
  talk: {
    usage: "TEXT",
    async run({ act, here }, rest) {
      if (rest === "") throw usageError("Say more: /me TEXT");
      await act({ kind: "send", conversation: here, text: checkedText(`/me ${rest}`) });
    },
  },
});
