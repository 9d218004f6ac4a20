import type { ChatMessage, OutboxItem, Users } from "@chat/client";
import { actionWords } from "@chat/client/actions";
import wrapAnsi from "wrap-ansi";
import { marksOf, messageText, shortened } from "../message-format.ts";
import { personName } from "../person-name.ts";
import type { Style } from "../printer.ts";
import { visibleLine, visibleText } from "../visible-text.ts";

/** Room for "123 08:05 » ". Every further row of a message is set in as far, so that no text can pose as a message. */
const NUMBER_COLUMNS = 3;
const INDENT = NUMBER_COLUMNS + 9;
const OWN = "»";
const MIN_COLUMNS = 6;
/** Of a message that waits, this much is shown. */
const WAITING_ROWS = 3;

/** At most as wide as the indent. */
const WAITING_WORDS = { pending: "waiting", sending: "sending", failed: "failed" } as const satisfies Record<
  OutboxItem["state"],
  string
>;

const DAY = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric" });

/** A message with what stands around it. */
export interface ShownMessage {
  readonly message: ChatMessage;
  readonly number: number;
  /** The message it answers, where it is known, with its number. */
  readonly quoted?: { readonly message: ChatMessage; readonly number: number | undefined } | undefined;
}

/** Draws what goes into the scroll of one conversation: rows that fit the width, days between the messages. */
export interface MessageLines {
  message(shown: ShownMessage, columns: number): string[];
  /** What became of a message, a member or the room. */
  change(text: string, columns: number): string[];
  /** A remark of the client. */
  notice(text: string, columns: number): string[];
  /** Something that went wrong. */
  problem(text: string, columns: number): string[];
  /** A line across the screen, before and after what is out of order. */
  rule(text: string, columns: number): string[];
  /** An action that is not stored yet, shown below the scroll. */
  waiting(item: OutboxItem, columns: number): string[];
}

/** Remembers the day of the last message: one view of a conversation has its own. */
export function createMessageLines(options: {
  self: number;
  style: Style;
  users: Pick<Users, "get">;
  nameOf(seq: number): string;
}): MessageLines {
  const { self, style, users, nameOf } = options;
  let lastDay: string | undefined;
  const blank = " ".repeat(INDENT);
  const lead = (sign: string) => `${" ".repeat(INDENT - 2)}${sign} `;

  return {
    message({ message, number, quoted }, columns) {
      const day = DAY.format(message.sentAt);
      const separator = day === lastDay ? [] : [style.dim(`── ${day} ──`)];
      lastDay = day;
      const own = message.sender === self;
      const name = personName(users, message.sender);
      const body = said(own ? style.cyan(name) : style.bold(name), messageText(message, style));
      const mark = style.dim(String(number).padStart(NUMBER_COLUMNS));
      return [
        ...separator,
        ...(message.replyTo === undefined ? [] : [style.dim(quoteRow(quoted, columns))]),
        ...setIn(`${mark} ${style.dim(clock(message.sentAt))} ${own ? style.cyan(OWN) : " "} `, body, columns),
        ...marksOf(message).flatMap((marks) => setIn(blank, marks, columns).map(style.dim)),
      ];
    },
    change: (text, columns) => setIn(lead("·"), visibleText(text), columns).map(style.dim),
    notice: (text, columns) => setIn(lead("*"), visibleText(text), columns).map(style.dim),
    problem: (text, columns) => setIn(lead(style.red("!")), style.red(visibleText(text)), columns),
    rule(text, columns) {
      lastDay = undefined;
      return [style.dim(shortened(`── ${text} ──`, columns))];
    },
    waiting(item, columns) {
      const failed = item.state === "failed";
      const words = visibleText(actionWords(item.action, nameOf));
      const rows = setIn(WAITING_WORDS[item.state].padEnd(INDENT), words, columns);
      const shown = rows.length > WAITING_ROWS ? [...rows.slice(0, WAITING_ROWS - 1), `${blank}…`] : rows;
      return shown.map(failed ? style.red : style.dim);
    },
  };

  function quoteRow(quoted: ShownMessage["quoted"], columns: number): string {
    const text =
      quoted === undefined
        ? "a message further up"
        : [
            ...(quoted.number === undefined ? [] : [String(quoted.number)]),
            `${personName(users, quoted.message.sender)}:`,
            quoted.message.deleted ? "(deleted)" : visibleLine(quoted.message.text),
          ].join(" ");
    // The first row of the wrapped quote: wide characters are measured by cells there.
    const [first = "", second] = wrapParagraph(text, Math.max(MIN_COLUMNS, columns - INDENT) - 3);
    return `${lead("┌")}${first}${second === undefined ? "" : "…"}`;
  }
}

/** Text broken to the width, as it is. */
export function wrapped(text: string, columns: number): string[] {
  return wrapAnsi(text, Math.max(MIN_COLUMNS, columns), { hard: true, trim: true }).split("\n");
}

/** "ada: hi", and "/me waves" as "* ada waves". */
function said(name: string, shown: string): string {
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
