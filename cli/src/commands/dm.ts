import type { ChatClient } from "@chat/client";
import { defineCommand } from "../command.ts";
import { EXIT, exitCodeOf, usageError } from "../exit-code.ts";
import { checkedText } from "../message-text.ts";
import { addressAndText } from "./send.ts";

/** Goes to another conversation. */
export const dm = defineCommand({
  name: "dm",
  summary: "Talk to somebody else",
  arguments: [],
  options: {},
  talk: {
    usage: "@HANDLE [TEXT]",
    async run({ client, act, end }, rest) {
      const [to, text] = addressAndText(rest);
      if (text !== "") checkedText(text);
      await checkConversation(to, client);
      if (text !== "") await act({ kind: "send", conversation: to, text });
      end({ next: "go", address: to });
    },
  },
});

/** A handle that no one has is told at once; without a network it shows when the message is refused. */
async function checkConversation(address: string, client: ChatClient): Promise<void> {
  if (!address.startsWith("@")) return;
  try {
    if ((await client.users.find(address)) !== undefined) return;
  } catch (error) {
    if (exitCodeOf(error) === EXIT.network) return;
    throw error;
  }
  throw usageError(`There is nobody called ${address}.`);
}
