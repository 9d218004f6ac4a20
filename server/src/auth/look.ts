import unhomoglyph from "unhomoglyph";

/**
 * What a name looks like: equal for names that people can hardly tell apart. The skeleton of Unicode TR 39 ("l", "1", "I" and "|" are one, "0" and "O" are one, letters
 * of other alphabets are those they resemble), taken without case, accents, spaces and signs, so that "Mehdi \u2713" looks like "mehdi". To compare, not to show.
 */
export function lookOf(name: string): string {
  const letters = name.normalize("NFKC").replace(/[^\p{L}\p{M}\p{N}|]/gu, "");
  const plain = skeleton(skeleton(letters).toLowerCase())
    .normalize("NFKD")
    .replace(/[^\p{L}\p{N}]/gu, "")
    .replaceAll("i", "l"); // so that a capital I, which looks like l, is its small letter as well
  return plain === "" ? name : plain; // of signs alone, as an emoji is
}

const ASCII = /^[\0-\x7f]*$/;
const ASCII_TWINS: Readonly<Record<string, string>> = { "0": "O", "1": "l", I: "l", "|": "l", m: "rn" };

/** Names are mostly ASCII, and the library's table is large. */
function skeleton(text: string): string {
  return ASCII.test(text) ? text.replace(/[01I|m]/g, (letter) => ASCII_TWINS[letter] ?? letter) : unhomoglyph(text);
}
