import type { Writable } from "node:stream";
import stringWidth from "string-width";

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
const ERASE_BELOW = "\u001b[J";
const CLEAR_SCREEN = "\u001b[2J\u001b[H";

/** What stands below the scroll: rows already broken to the width, and where the cursor is. */
interface Area {
  readonly rows: readonly string[];
  readonly cursorRow: number;
  readonly cursorColumn: number;
}

/** The last rows of a terminal, redrawn in place; whatever is printed goes above them and scrolls as usual. */
export interface LiveArea {
  /** Puts lines above the area and the area, as it now is, below them: one write, so that nothing flickers. */
  update(area: Area, printed?: readonly string[]): void;
  /** Empties the screen; scrollback stays. The next update draws at the top. */
  clearScreen(): void;
  /** Something else has written meanwhile: the next update begins on the row where the cursor is now. */
  forget(): void;
  /** Removes the area; the cursor stays at the beginning of the row it began on. */
  remove(): void;
}

/** A live area on a terminal, or on anything that has columns. */
export function createLiveArea(output: Writable & { columns?: number; rows?: number }): LiveArea {
  let shown: Area | undefined;
  let isForgotten = false;

  /** Back to the first row. Rows that a narrower terminal has broken since they were drawn count for what they fill now. */
  const eraseShown = () => {
    if (shown === undefined) return isForgotten ? `\r${ERASE_BELOW}` : "";
    const columns = output.columns ?? 80;
    const above = shown.rows.slice(0, shown.cursorRow);
    const up = above.reduce((sum, row) => sum + Math.max(1, Math.ceil(stringWidth(row) / columns)), 0);
    return `\r${up === 0 ? "" : `\u001b[${up}A`}${ERASE_BELOW}`;
  };

  return {
    update(given, printed = []) {
      const area = clip(given, Math.max(1, (output.rows ?? 24) - 1));
      const up = area.rows.length - 1 - area.cursorRow;
      const back = `${up === 0 ? "" : `\u001b[${up}A`}\r${area.cursorColumn === 0 ? "" : `\u001b[${area.cursorColumn}C`}`;
      const lines = printed.map((line) => `${line}\r\n`).join("");
      output.write(`${HIDE_CURSOR}${eraseShown()}${lines}${area.rows.join("\r\n")}${back}${SHOW_CURSOR}`);
      shown = area;
      isForgotten = false;
    },
    clearScreen() {
      output.write(CLEAR_SCREEN);
      shown = undefined;
    },
    forget() {
      shown = undefined;
      isForgotten = true;
    },
    remove() {
      output.write(eraseShown());
      shown = undefined;
    },
  };
}

/** For terminals that move no cursor: what is printed is printed, and the area is never drawn. */
export function createPlainArea(output: Writable): LiveArea {
  const nothing = () => {};
  return {
    update: (_area, printed = []) => void (printed.length > 0 && output.write(`${printed.join("\n")}\n`)),
    clearScreen: nothing,
    forget: nothing,
    remove: nothing,
  };
}

/** Of an area taller than the terminal, the part around the cursor: rows that have scrolled away cannot be redrawn. */
function clip(area: Area, most: number): Area {
  if (area.rows.length <= most) return area;
  const first = Math.min(Math.max(0, area.cursorRow - most + 1), area.rows.length - most);
  return { ...area, rows: area.rows.slice(first, first + most), cursorRow: area.cursorRow - first };
}
