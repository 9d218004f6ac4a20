import { parseHandle } from "@chat/client/address";
import { parseAddress } from "../address.ts";
import { defineCommand } from "../command.ts";
import { usageError } from "../exit-code.ts";
import { checkedText, DASH, givenText, TEXT_OPTIONS } from "../message-text.ts";
import { ACTION_OPTIONS, perform } from "../perform.ts";
import { printMessage } from "../print-message.ts";
import { parseCount } from "../time-input.ts";

/** Sends one message and waits until the server has stored it. */
export const send = defineCommand({
  name: "send",
  summary: "Send one message and wait until it is stored",
  arguments: [{ name: "ADDRESS", summary: "@handle or '#room'", required: true }, DASH],
  options: {
    ...TEXT_OPTIONS,
    "reply-to": { type: "string", placeholder: "SEQ", summary: "The message this answers" },
    ...ACTION_OPTIONS,
  },
  examples: ["chat send @ada -m 'On my way'", "git log -1 | chat send '#releases' -"],
  async run(context) {
    const conversation = parseAddress(context.positionals[0] ?? "");
    const text = await givenText(context, 1);
    const reply = context.values["reply-to"];
    const replyTo =
      reply === undefined ? undefined : parseCount(reply, "--reply-to", { min: 1, max: Number.MAX_SAFE_INTEGER });
    const { client } = await context.openSignedIn();
    const { message } = await perform(context, client, {
      ...{ kind: "send", conversation, text },
      ...(replyTo === undefined ? {} : { replyTo }),
    });
    await printMessage(context, client, message);
  },
});

/** The address and the text of a line; people leave out the "@" of a handle. */
export function addressAndText(rest: string): [address: string, text: string] {
  const [, word = "", text = ""] = /^(\S*)\s*(.*)$/su.exec(rest) ?? [];
  const handle = parseHandle(word);
  return [handle === undefined ? parseAddress(word) : `@${handle}`, text];
}

/** Sends elsewhere, without leaving the conversation on the screen. */
export const msg = defineCommand({
  name: "msg",
  summary: "Send elsewhere and stay here",
  arguments: [],
  options: {},
  talk: {
    usage: "ADDRESS TEXT",
    async run({ client, act, notice }, rest) {
      const [to, text] = addressAndText(rest);
      if (text === "") throw usageError("Say more: /msg ADDRESS TEXT");
      const { clientId } = await act({ kind: "send", conversation: to, text: checkedText(text) });
      client.outbox.done(clientId).then(
        () => notice(`Sent to ${to}.`),
        // A refusal is told when the outbox says so.
        () => {},
      );
    },
  },
});
