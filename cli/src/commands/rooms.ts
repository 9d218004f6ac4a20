import type { ChatConversation } from "@chat/client";
import { defineCommand } from "../command.ts";
import { conversationJson, conversationName } from "../message-format.ts";
import { parseCount } from "../time-input.ts";
import { visibleLine } from "../visible-text.ts";

const DEFAULT_LIMIT = 100;
const PAGE_LIMIT = 100;

/** Lists public rooms. */
export const rooms = defineCommand({
  name: "rooms",
  summary: "List public rooms",
  arguments: [{ name: "QUERY", summary: "Only rooms whose name or title contains this", required: false }],
  options: { limit: { type: "string", short: "n", placeholder: "N", summary: "At most N (default 100)" } },
  async run(context) {
    const { values, positionals, print, signal } = context;
    const limit =
      values.limit === undefined ? DEFAULT_LIMIT : parseCount(values.limit, "--limit", { min: 1, max: 100_000 });
    const { client } = await context.openSignedIn();
    const found: ChatConversation[] = [];
    for (let hasMore = true; hasMore && found.length < limit;) {
      const last = found.at(-1);
      const page = await client.rooms.list({
        query: (positionals[0] ?? "").replace(/^#/u, ""),
        limit: Math.min(limit - found.length, PAGE_LIMIT),
        signal,
        ...(last === undefined ? {} : { after: last.address.slice(1) }),
      });
      found.push(...page.rooms);
      hasMore = page.hasMore && page.rooms.length > 0;
    }
    for (const room of found) {
      if (print.asJson) print.json(conversationJson(room));
      else print.line(roomLine(room, print.style));
    }
    if (found.length === 0 && !print.asJson) print.note("No rooms. Make one with: chat create-room NAME");
  },
});

function roomLine(room: ChatConversation, style: { bold(text: string): string; dim(text: string): string }): string {
  const members = `${room.memberCount} ${room.memberCount === 1 ? "member" : "members"}`;
  const topic = visibleLine(room.topic);
  return `${style.bold(conversationName(room))}  ${style.dim(`${members}${room.joined ? ", joined" : ""}`)}${topic === "" ? "" : `  ${topic}`}`;
}
