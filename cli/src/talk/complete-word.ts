import type { ChatClient, Timeline } from "@chat/client";
import type { Command } from "../command.ts";
import { LINE_BREAK } from "./input-line.ts";

/** What the word at the end of a line can become. */
export interface Completion {
  readonly candidates: readonly string[];
  /** The part of the line that they would replace. */
  readonly matched: string;
}

/** What a word can be completed from. */
export interface CompletionSources {
  readonly client: Pick<ChatClient, "conversations" | "users">;
  readonly timeline: Pick<Timeline, "$state">;
  readonly commands: readonly Command[];
  /** Emoji by short name; empty until they are loaded. */
  emoji(): ReadonlyMap<string, string>;
}

/** A slash command, a person or a room that is known here already, or an emoji by its short name. */
export function completeWord(line: string, sources: CompletionSources): Completion {
  const begun = line.split(/\s/u).at(-1)?.split(LINE_BREAK).at(-1) ?? "";
  if (/^:[^:]/u.test(begun)) return completeEmoji(begun, sources.emoji());
  const names =
    begun === line && begun.startsWith("/")
      ? sources.commands.flatMap(({ name, talk }) => (talk === undefined ? [] : [`/${name}`]))
      : addresses(begun, sources);
  const candidates = [...new Set(names)].filter((name) => name.startsWith(begun)).sort();
  return { candidates: begun === "" ? [] : candidates.map((name) => `${name} `), matched: begun };
}

/** The emoji itself, once there is but one; names while there are several. */
function completeEmoji(begun: string, emoji: ReadonlyMap<string, string>): Completion {
  const whole = begun.endsWith(":") ? emoji.get(begun.slice(1, -1)) : undefined;
  const names = [...emoji.keys()].filter((name) => name.startsWith(begun.slice(1))).sort();
  const only = whole ?? (names.length === 1 ? emoji.get(names[0] ?? "") : undefined);
  if (only !== undefined) return { candidates: [`${only} `], matched: begun };
  return { candidates: names.map((name) => `:${name}`), matched: begun };
}

function addresses(begun: string, { client, timeline }: CompletionSources): string[] {
  const known = client.conversations.$state.get().conversations.map(({ address }) => address);
  if (begun.startsWith("#")) return known.filter((name) => name.startsWith("#"));
  if (!begun.startsWith("@")) return [];
  const senders = timeline.$state.get().rows.flatMap(({ message }) => {
    const handle = client.users.get(message.sender)?.handle ?? "";
    return handle === "" ? [] : [`@${handle}`];
  });
  return [...known.filter((name) => name.startsWith("@")), ...senders];
}
