import { parseAddress } from "../address.ts";
import { messageJson } from "../json-shapes.ts";
import { messageLine } from "../message-format.ts";
import { defineListing } from "./listing.ts";

/** Lists what is pinned in a conversation, newest first. */
export const pins = defineListing({
  name: "pins",
  summary: "List the pinned messages of a conversation",
  argument: { name: "ADDRESS", summary: "@handle or '#room'", required: true },
  defaultLimit: 100,
  none: "Nothing is pinned.",
  async list(word, { client, style, limit }) {
    const address = parseAddress(word);
    const { users } = client;
    const pinned = await client.messages.pins(address);
    const items = pinned.slice(0, limit).map((message) => ({
      line: messageLine(message, { style, users, withSeq: true }),
      json: messageJson(message, { users, address }),
    }));
    return { items, hasMore: pinned.length > limit };
  },
  talk: { usage: "", summary: "List what is pinned here", word: (_rest, here) => here },
});
