import type { OutboxItem, Users } from "@chat/client";
import type { Host } from "../command.ts";
import type { Style } from "../printer.ts";
import { layOutInput } from "./input-line.ts";
import { createLiveArea, createPlainArea } from "./live-area.ts";
import { createMessageLines, wrapped, type ShownMessage } from "./message-lines.ts";

/** Waiting messages shown below the scroll. */
const WAITING_SHOWN = 3;

/** The screen of one conversation: the scroll, below it what waits to be sent, the line being typed and a hint. */
export interface ViewScreen {
  line(text: string): void;
  message(shown: ShownMessage): void;
  /** What became of a message, a member or the room. */
  change(text: string): void;
  /** A remark of the client. */
  notice(text: string): void;
  /** Before and after messages that are out of order. */
  rule(text: string): void;
  /** Something that went wrong. */
  problem(text: string): void;
  /** Actions that are not stored yet. */
  waiting(items: readonly OutboxItem[]): void;
  /** A line below the input; empty: none. */
  hint(text: string): void;
  /** Something that is drawn has changed. However much comes in one turn, it is drawn once. */
  drawSoon(): void;
  /** Empties the screen. */
  clear(): void;
  /** Something else has written on the terminal meanwhile. */
  forget(): void;
  /** Leaves the terminal to another program: what comes is kept until `release`. */
  hold(): void;
  release(): void;
  /** Leaves what was printed and removes the rest. */
  close(): void;
}

/** `prompt` and `input` are read whenever the screen is drawn. */
export function createViewScreen(options: {
  output: Host["output"];
  style: Style;
  /** Prints line after line, without an escape sequence. */
  plain: boolean;
  users: Pick<Users, "get">;
  /** The person's own id. */
  self: number;
  /** What a message is called by. */
  nameOf(seq: number): string;
  prompt(): string;
  input(): { readonly line: string; readonly cursor: number };
}): ViewScreen {
  const { output, style } = options;
  const area = options.plain ? createPlainArea(output) : createLiveArea(output);
  const lines = createMessageLines(options);
  let items: readonly OutboxItem[] = [];
  let hint = "";
  let printed: string[] = [];
  let isDrawing = false;
  let isClosed = false;
  let isHeld = false;

  // One cell is left free: terminals differ in what a full row does to the cursor.
  const columns = () => Math.max(4, (output.columns ?? 80) - 1);
  const draw = () => {
    isDrawing = false;
    if (isClosed || isHeld) return;
    const above = items.slice(-WAITING_SHOWN).flatMap((item) => lines.waiting(item, columns()));
    if (items.length > WAITING_SHOWN) above.unshift(style.dim(`            ${items.length - WAITING_SHOWN} more`));
    const { line, cursor } = options.input();
    const laid = layOutInput({ prompt: options.prompt(), text: line, cursor, columns: columns() });
    const below = hint === "" ? [] : [style.dim(hint.slice(0, columns()))];
    const { cursorRow, cursorColumn } = laid;
    area.update(
      { rows: [...above, ...laid.rows, ...below], cursorRow: above.length + cursorRow, cursorColumn },
      printed,
    );
    printed = [];
  };
  const drawSoon = () => {
    if (isDrawing) return;
    isDrawing = true;
    queueMicrotask(draw);
  };
  const print = (rows: readonly string[]) => {
    printed.push(...rows);
    drawSoon();
  };
  output.on("resize", drawSoon);

  return {
    line: (text) => print(wrapped(text, columns())),
    message: (shown) => print(lines.message(shown, columns())),
    change: (text) => print(lines.change(text, columns())),
    rule: (text) => print(lines.rule(text, columns())),
    notice: (text) => print(lines.notice(text, columns())),
    problem: (text) => print(lines.problem(text, columns())),
    waiting(given) {
      items = given;
      drawSoon();
    },
    hint(text) {
      hint = text;
      drawSoon();
    },
    drawSoon,
    clear: area.clearScreen,
    forget: area.forget,
    hold() {
      if (isDrawing) draw();
      area.remove();
      isHeld = true;
    },
    release() {
      isHeld = false;
      area.forget();
      drawSoon();
    },
    close() {
      if (isClosed) return;
      // What came in this very turn belongs to the scroll.
      if (isDrawing) draw();
      isClosed = true;
      output.off("resize", drawSoon);
      area.remove();
    },
  };
}
