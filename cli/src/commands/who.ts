import type { ChatUser } from "@chat/client";
import { parseAddress, parseRoom } from "../address.ts";
import { CommandError, EXIT } from "../exit-code.ts";
import { userJson } from "../json-shapes.ts";
import { userLine } from "../message-format.ts";
import { collectPages, defineListing } from "./listing.ts";

/** Lists who is in a conversation. */
export const who = defineListing({
  name: "who",
  summary: "List the members of a room",
  argument: { name: "ADDRESS", summary: "A room, or @handle", required: true },
  defaultLimit: 100,
  none: "Nobody.",
  async list(word, { client, self, style, signal, limit }) {
    const address = /^[@#\d]/u.test(word) ? parseAddress(word) : parseRoom(word);
    const conversation = await client.conversations.find(address);
    if (conversation === undefined) throw new CommandError(EXIT.notFound, `There is no ${address}.`);
    const listed = (user: ChatUser) => ({ line: userLine(user, style), json: userJson(user) });
    if (conversation.kind === "direct") {
      const { peer = self } = conversation;
      return { items: (peer.id === self.id ? [self] : [self, peer]).map(listed), hasMore: false };
    }
    const { items, hasMore } = await collectPages(limit, async (pageSize, pageToken) => {
      const options = { pageSize, pageToken, ...(signal === undefined ? {} : { signal }) };
      const page = await client.rooms.members(conversation.id, options);
      return { items: page.members, nextPageToken: page.nextPageToken };
    });
    const people = items.flatMap(({ person }) => client.users.get(person) ?? []);
    return { items: people.map(listed), hasMore };
  },
  talk: {
    usage: "[#ROOM]",
    summary: "List who is here, or in another room",
    word: (rest, here) => (rest === "" ? here : rest),
  },
});
