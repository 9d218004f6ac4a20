import type { ChatMessage, OutboxItem } from "@chat/client";
import wrapAnsi from "wrap-ansi";
import type { Style } from "../printer.ts";
import { visibleLine, visibleText } from "../visible-text.ts";

/** Room for "08:05 » ". Every further row of a message is set in as far, so that no text can pose as a message. */
const INDENT = 8;
const OWN = "»";
const MIN_COLUMNS = 16;
/** Of a message that waits, this much is shown. */
const WAITING_ROWS = 3;

/** At most as wide as the indent. */
const WAITING_WORDS = { pending: "waiting", sending: "sending", failed: "failed" } as const satisfies Record<
  OutboxItem["state"],
  string
>;

const DAY = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric" });

/** Draws what goes into the scroll of one conversation: rows that fit the width, days between the messages. */
export interface MessageLines {
  message(message: ChatMessage, columns: number): string[];
  /** A remark of the client or a change of members. */
  notice(text: string, columns: number): string[];
  /** Something that went wrong. */
  problem(text: string, columns: number): string[];
  /** A message that is not stored yet, shown below the scroll. */
  waiting(item: OutboxItem, columns: number): string[];
}

/** Remembers the day of the last message: one view of a conversation has its own. */
export function createMessageLines(options: { self: string; style: Style }): MessageLines {
  const { self, style } = options;
  let lastDay: string | undefined;
  return {
    message(message, columns) {
      const day = DAY.format(message.sentAt);
      const separator = day === lastDay ? [] : [style.dim(`── ${day} ──`)];
      lastDay = day;
      const own = message.sender === self;
      const name = visibleLine(message.sender);
      const body = said(own ? style.cyan(name) : style.bold(name), message.text);
      return [
        ...separator,
        ...setIn(`${style.dim(clock(message.sentAt))} ${own ? style.cyan(OWN) : " "} `, body, columns),
      ];
    },
    notice: (text, columns) => setIn(`${" ".repeat(INDENT - 2)}* `, visibleText(text), columns).map(style.dim),
    problem: (text, columns) =>
      setIn(`${" ".repeat(INDENT - 2)}${style.red("!")} `, style.red(visibleText(text)), columns),
    waiting(item, columns) {
      const failed = item.state === "failed";
      const rows = setIn(WAITING_WORDS[item.state].padEnd(INDENT), visibleText(item.text), columns);
      const shown = rows.length > WAITING_ROWS ? [...rows.slice(0, WAITING_ROWS - 1), `${" ".repeat(INDENT)}…`] : rows;
      return shown.map(failed ? style.red : style.dim);
    },
  };
}

/** "ada: hi", and "/me waves" as "* ada waves". */
function said(name: string, text: string): string {
  const shown = visibleText(text).trimEnd();
  const action = /^\/me\s+(.+)$/su.exec(shown)?.[1];
  return action === undefined ? `${name}: ${shown}` : `* ${name} ${action}`;
}

function setIn(first: string, body: string, columns: number): string[] {
  const width = Math.max(MIN_COLUMNS, columns - INDENT);
  const rows = body.split("\n").flatMap((paragraph) => wrapParagraph(paragraph, width));
  return rows.map((row, index) => (index === 0 ? `${first}${row}` : `${" ".repeat(INDENT)}${row}`.trimEnd()));
}

/** Between words where it can; a paragraph that is set in stays so in each row. */
function wrapParagraph(paragraph: string, width: number): string[] {
  const lead = (/^ */u.exec(paragraph)?.[0] ?? "").slice(0, Math.floor(width / 2));
  const rows = wrapAnsi(paragraph, width - lead.length, { hard: true, trim: true }).split("\n");
  return rows.map((row) => `${lead}${row}`);
}

/** "08:05" in the machine's time zone. */
function clock(atMs: number): string {
  const at = new Date(atMs);
  return `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
}
