import type { ChatMessage, Messages } from "@chat/client";
import { addressOf } from "../address-of.ts";
import { parseAddress } from "../address.ts";
import { defineCommand } from "../command.ts";
import { messageJson } from "../json-shapes.ts";
import { messageLine } from "../message-format.ts";
import { parseCount, parseSince } from "../time-input.ts";

const DEFAULT_LIMIT = 50;
/** What one call to the server may ask for. */
const PAGE_LIMIT = 500;

/** Prints stored messages, oldest first. */
export const read = defineCommand({
  name: "read",
  summary: "Print messages, oldest first",
  arguments: [
    { name: "ADDRESS", summary: "@handle or '#room'; without it everything you sent or got", required: false },
  ],
  options: {
    limit: { type: "string", short: "n", placeholder: "N", summary: "At most the newest N (default 50)" },
    since: {
      type: "string",
      placeholder: "TIME",
      summary: "Only what was sent since: 2026-11-24T08:00, or 2h ago as 2h",
    },
    direction: { type: "string", choices: ["sent", "received", "both"], summary: "Whose messages (default both)" },
    before: { type: "string", placeholder: "SEQ", summary: "Only older than this message" },
    seq: { type: "boolean", summary: "Begin each line with the message's seq" },
  },
  examples: ["chat read @ada --limit 20", "chat read --since 1h --direction received --json"],
  async run(context) {
    const { values, positionals, print, signal } = context;
    const conversation = positionals[0] === undefined ? undefined : parseAddress(positionals[0]);
    const limit =
      values.limit === undefined ? DEFAULT_LIMIT : parseCount(values.limit, "--limit", { min: 1, max: 1_000_000 });
    const before =
      values.before === undefined
        ? undefined
        : parseCount(values.before, "--before", { min: 1, max: Number.MAX_SAFE_INTEGER });
    const since = values.since === undefined ? undefined : parseSince(values.since, "--since", context.now());
    const { client } = await context.openSignedIn();
    const messages = await newest(client.messages, limit, {
      signal,
      ...(conversation === undefined ? {} : { conversation }),
      ...(since === undefined ? {} : { since }),
      ...(before === undefined ? {} : { before }),
      ...(values.direction === undefined ? {} : { direction: values.direction as "sent" | "received" | "both" }),
    });
    const { users } = client;
    for (const message of messages) {
      const address = await addressOf(client, message.conversation);
      const shown = conversation === undefined ? address : undefined;
      if (print.asJson) print.json(messageJson(message, { users, address }));
      else print.line(messageLine(message, { style: print.style, users, conversation: shown, withSeq: values.seq }));
    }
    if (messages.length === 0 && !print.asJson) print.note("No messages.");
  },
});

/** The newest `limit` messages, ascending, in as many pages as it takes. */
export async function newest(
  messages: Messages,
  limit: number,
  query: NonNullable<Parameters<Messages["list"]>[0]>,
): Promise<ChatMessage[]> {
  const pages: (readonly ChatMessage[])[] = [];
  let before = query.before;
  for (let wanted = limit; wanted > 0;) {
    const page = await messages.list({
      ...query,
      pageSize: Math.min(wanted, PAGE_LIMIT),
      ...(before === undefined ? {} : { before }),
    });
    pages.unshift(page.messages);
    wanted -= page.messages.length;
    before = page.messages[0]?.seq;
    if (!page.hasMore || before === undefined) break;
  }
  return pages.flat();
}
