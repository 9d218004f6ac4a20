import { stripVTControlCharacters } from "node:util";

const LINE_BREAKS = /\r\n?|[\u2028\u2029\u0085\v\f]/gu;
/** C0 without the line feed, DEL and C1. */
const CONTROLS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/gu;
/** Embeddings, overrides and isolates that can turn the order of what follows them; annotation marks; a stray byte order mark. */
const REORDERING = /[\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\ufeff]/gu;
/** More marks on one letter than any script needs draw over the lines above. */
const PILED_MARKS = /(\p{M}{8})\p{M}+/gu;
const TAB_SPACES = "    ";

/**
 * Text of others made safe for a terminal: no escape sequence, no control character but the line feed, nothing that
 * reorders the rest of the line, no lone surrogate. What remains reads the same.
 */
export function visibleText(text: string): string {
  return stripVTControlCharacters(text)
    .replace(LINE_BREAKS, "\n")
    .replaceAll("\t", TAB_SPACES)
    .replace(CONTROLS, "")
    .replace(REORDERING, "")
    .replace(PILED_MARKS, "$1")
    .toWellFormed();
}

/** {@link visibleText} in one line: for names, titles and excerpts. */
export function visibleLine(text: string): string {
  return visibleText(text)
    .replace(/\s*\n\s*/gu, " ")
    .trim();
}

/** JSON on one line in which a terminal finds nothing to obey. Parses to the same value. */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\ufeff]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
