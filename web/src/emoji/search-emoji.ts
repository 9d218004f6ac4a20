import type { Emoji } from "./emoji-data.ts";

/** Emoji whose name or keywords have words that begin with all the words typed; names before keywords. */
export function searchEmoji(emoji: readonly Emoji[], query: string): readonly Emoji[] {
  const words = query
    .toLowerCase()
    .trim()
    .split(/[\s_:-]+/u)
    .filter(Boolean);
  if (words.length === 0) return emoji;
  const found = emoji.flatMap((each) => {
    const score = scoreOf(each, words);
    return score === undefined ? [] : [{ each, score }];
  });
  return found.sort((one, other) => one.score - other.score).map(({ each }) => each);
}

/** 0: is the name; 1: begins the name; 2: in the name; 3: in keywords; undefined: not found. */
function scoreOf({ label, tags, unicode }: Emoji, words: readonly string[]): number | undefined {
  const sought = words.join(" ");
  if (unicode === sought) return 0;
  const name = label.toLowerCase();
  if (name === sought) return 0;
  const begins = (text: string, word: string): boolean =>
    text.startsWith(word) || text.split(/[^\p{L}\p{N}]+/u).some((part) => part.startsWith(word));
  if (words.every((word) => begins(name, word))) return name.startsWith(sought) ? 1 : 2;
  return words.every((word) => begins(name, word) || tags.some((tag) => begins(tag.toLowerCase(), word)))
    ? 3
    : undefined;
}
