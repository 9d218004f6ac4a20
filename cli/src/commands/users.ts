import { userJson } from "../json-shapes.ts";
import { userLine } from "../message-format.ts";
import { collectPages, defineListing } from "./listing.ts";

/** Finds people. */
export const users = defineListing({
  name: "users",
  summary: "Find people by handle or name",
  argument: { name: "QUERY", summary: "Part of a handle or name; without it everybody", required: false },
  defaultLimit: 20,
  none: "Nobody.",
  async list(word, { client, style, signal, limit }) {
    const { items, hasMore } = await collectPages(limit, async (pageSize, pageToken) => {
      const options = { pageSize, pageToken, ...(signal === undefined ? {} : { signal }) };
      const page = await client.users.search(word.replace(/^@/u, ""), options);
      return { items: page.users, nextPageToken: page.nextPageToken };
    });
    return { items: items.map((user) => ({ line: userLine(user, style), json: userJson(user) })), hasMore };
  },
  talk: { usage: "[WORD]", word: (rest) => rest },
});
