import type { ChatEvent } from "@chat/client";
import { addressOf, toConversationId } from "@chat/client/conversation-id";
import { parseAddress } from "../address.ts";
import { defineCommand } from "../command.ts";
import { follow } from "../follow.ts";
import { eventJson, messageJson, messageLine, noticeLine } from "../message-format.ts";
import type { Printer } from "../printer.ts";
import { parseCount } from "../time-input.ts";
import { newest } from "./read.ts";

const DEFAULT_LIMIT = 10;

/** Prints the newest messages and, with --follow, what comes. */
export const tail = defineCommand({
  name: "tail",
  summary: "Print the newest messages, then what comes",
  arguments: [{ name: "ADDRESS", summary: "@handle or '#room'; without it everything you may see", required: false }],
  options: {
    follow: { type: "boolean", short: "f", summary: "Go on until interrupted; survives lost connections" },
    limit: {
      type: "string",
      short: "n",
      placeholder: "N",
      summary: "Begin with the newest N (default 10; 0 with --resume)",
    },
    resume: { type: "boolean", summary: "With --follow: begin where the last run ended, missing nothing" },
  },
  examples: ["chat tail --follow", "chat tail '#alerts' --follow --json | jq -r .text"],
  async run(context) {
    const { values, positionals, print, signal } = context;
    const address = positionals[0] === undefined ? undefined : parseAddress(positionals[0]);
    const fallback = values.follow && values.resume ? 0 : DEFAULT_LIMIT;
    const limit =
      values.limit === undefined ? fallback : parseCount(values.limit, "--limit", { min: 0, max: 1_000_000 });
    const { client, user } = await context.openSignedIn({ resume: values.resume ? "stored" : "fresh" });
    const query = { signal, ...(address === undefined ? {} : { conversation: address }) };
    const show = createEventPrinter(print, address === undefined, user.handle);
    if (!values.follow) {
      for (const message of await newest(client.messages, limit, query)) show({ kind: "message-posted", message });
      return;
    }
    await follow({
      client,
      signal,
      now: context.now,
      conversation: address === undefined ? undefined : toConversationId(address, user.handle),
      history: (wanted) => newest(client.messages, wanted, query),
      limit,
      show,
      note: print.note,
    });
  },
});

type Shown = ChatEvent | { readonly kind: "message-posted"; readonly message: Parameters<typeof messageJson>[0] };

function createEventPrinter(print: Printer, mixed: boolean, self: string): (event: Shown) => void {
  return (event) => {
    if (event.kind === "message-posted") {
      const { message } = event;
      if (print.asJson) return print.json(messageJson(message));
      return print.line(
        messageLine(message, print.style, mixed ? { conversation: addressOf(message.conversation, self) } : {}),
      );
    }
    if (print.asJson) return print.json(eventJson(event));
    const line = noticeLine(event, print.style);
    if (line !== undefined) print.line(line);
  };
}
