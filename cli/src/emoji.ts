import { usageError } from "./exit-code.ts";

const EMOJI = /^\p{RGI_Emoji}$/v;
const VARIATION = "\uFE0F";

/** Emoji by short name, without colons: "thumbsup". The names are GitHub's; 1,900 that most runs do without are loaded here. */
export async function emojiNames(): Promise<ReadonlyMap<string, string>> {
  const table = await import("emojibase-data/en/shortcodes/github.json", { with: { type: "json" } });
  const found = new Map<string, string>();
  for (const [code, given] of Object.entries(table.default)) {
    const characters = String.fromCodePoint(...code.split("-").map((part) => Number.parseInt(part, 16)));
    // Codes leave out the selector that makes a sign such as ❤ an emoji.
    const emoji = EMOJI.test(characters) ? characters : `${characters}${VARIATION}`;
    for (const name of typeof given === "string" ? [given] : given) found.set(name, emoji);
  }
  return found;
}

/** One emoji, given as itself or by its short name, with or without colons. @throws CommandError (usage) */
export async function parseEmoji(text: string): Promise<string> {
  const given = text.trim();
  if (EMOJI.test(given)) return given;
  if (EMOJI.test(`${given}${VARIATION}`)) return `${given}${VARIATION}`;
  const name = given.replace(/^:|:$/gu, "").toLowerCase();
  const emoji = (await emojiNames()).get(name);
  if (emoji !== undefined) return emoji;
  throw usageError(
    given === ""
      ? "Which emoji? Give one, or a name such as thumbsup."
      : `"${given}" is no emoji, nor the name of one.`,
  );
}
