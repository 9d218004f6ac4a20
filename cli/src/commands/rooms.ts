import type { ChatConversation } from "@chat/client";
import { conversationJson } from "../json-shapes.ts";
import { conversationName } from "../message-format.ts";
import type { Style } from "../printer.ts";
import { visibleLine } from "../visible-text.ts";
import { collectPages, defineListing } from "./listing.ts";

/** Lists public rooms. */
export const rooms = defineListing({
  name: "rooms",
  summary: "List public rooms",
  argument: { name: "QUERY", summary: "Only rooms whose name or title contains this", required: false },
  defaultLimit: 100,
  none: "No rooms. Make one with: chat create-room NAME",
  async list(word, { client, style, signal, limit }) {
    const { items, hasMore } = await collectPages(limit, async (pageSize, pageToken) => {
      const query = word.replace(/^#/u, "");
      const page = await client.rooms.list({ query, pageSize, pageToken, ...(signal === undefined ? {} : { signal }) });
      return { items: page.rooms, nextPageToken: page.nextPageToken };
    });
    return {
      items: items.map((room) => ({ line: roomLine(room, style), json: conversationJson(room, client.users) })),
      hasMore,
    };
  },
  talk: { usage: "[WORD]", word: (rest) => rest },
});

function roomLine(room: ChatConversation, style: Style): string {
  const members = `${room.memberCount} ${room.memberCount === 1 ? "member" : "members"}`;
  const topic = visibleLine(room.topic);
  return `${style.bold(conversationName(room))}  ${style.dim(`${members}${room.joined ? ", joined" : ""}`)}${topic === "" ? "" : `  ${topic}`}`;
}
