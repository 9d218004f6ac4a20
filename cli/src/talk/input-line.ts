import stringWidth from "string-width";

/** Stands for a line break within the line being edited, where a real one would submit it. A code point that no text has. */
export const LINE_BREAK = "\uFDD0";

/** Stands for a tab within it, which Tab the key could not bring. */
export const TAB = "\uFDD1";
const TAB_SHOWN = "    ";

/** Narrower than this beside the prompt, and the prompt gives way. */
const MIN_TEXT_COLUMNS = 12;

const GRAPHEMES = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The rows that a line fills and where its cursor is among them. */
export interface InputLayout {
  readonly rows: readonly string[];
  readonly cursorRow: number;
  readonly cursorColumn: number;
}

/** Breaks the line being edited into rows of at most `columns` cells. `cursor` counts UTF-16 units, as readline does. */
export function layOutInput(options: { prompt: string; text: string; cursor: number; columns: number }): InputLayout {
  const { text, cursor } = options;
  const columns = Math.max(2, options.columns);
  const prompt = stringWidth(options.prompt) + MIN_TEXT_COLUMNS > columns ? "> " : options.prompt;
  const rows: string[] = [];
  let row = prompt;
  let width = stringWidth(prompt);
  let at: { row: number; column: number } | undefined;
  const endRow = () => {
    rows.push(row);
    row = "";
    width = 0;
  };
  let offset = 0;
  for (const piece of text.split(LINE_BREAK)) {
    if (offset > 0) endRow();
    for (const { segment, index } of GRAPHEMES.segment(piece)) {
      const seen = segment === TAB ? TAB_SHOWN : segment;
      const cells = stringWidth(seen);
      if (width + cells > columns) endRow();
      if (at === undefined && cursor < offset + index + segment.length) at = { row: rows.length, column: width };
      row += seen;
      width += cells;
    }
    offset += piece.length + LINE_BREAK.length;
    if (at === undefined && cursor < offset) at = { row: rows.length, column: width };
  }
  at ??= { row: rows.length, column: width };
  endRow();
  return { rows, cursorRow: at.row, cursorColumn: at.column };
}
