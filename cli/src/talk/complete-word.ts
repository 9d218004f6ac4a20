import type { ChatClient } from "@chat/client";
import { LINE_BREAK } from "./input-line.ts";
import { SLASH_COMMANDS } from "./slash-commands.ts";

/** What the word at the end of a line can become: a slash command, a person or a room that is known here already. */
export function completeWord(
  line: string,
  client: ChatClient,
  address: string,
): { candidates: string[]; matched: string } {
  const begun = line.split(/\s/u).at(-1)?.split(LINE_BREAK).at(-1) ?? "";
  const names =
    begun === line && begun.startsWith("/")
      ? Object.keys(SLASH_COMMANDS).map((name) => `/${name}`)
      : known(begun, client, address);
  const candidates = names.filter((name) => name.startsWith(begun)).sort();
  return { candidates: begun === "" ? [] : candidates.map((name) => `${name} `), matched: begun };
}

function known(begun: string, client: ChatClient, address: string): string[] {
  const conversations = client.conversations.$state.get().conversations.map((conversation) => conversation.address);
  if (begun.startsWith("#")) return conversations.filter((name) => name.startsWith("#"));
  if (!begun.startsWith("@")) return [];
  const timeline = client.timeline(address);
  const senders = timeline.$state.get().rows.flatMap((row) => (row.state === "sent" ? [`@${row.message.sender}`] : []));
  timeline.close();
  return [...new Set([...conversations.filter((name) => name.startsWith("@")), ...senders])];
}
