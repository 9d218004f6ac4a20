import { createInterface, type Key } from "node:readline";
import { Readable, Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { Host } from "../command.ts";
import { HISTORY_LINES, type InputHistory } from "./input-history.ts";
import { LINE_BREAK, TAB } from "./input-line.ts";
import { createPasteSplitter } from "./paste-split.ts";

/** How long an Esc waits for the rest of a key's sequence. */
const ESCAPE_TIMEOUT_MS = 50;

/** C0 without tab and line feed, DEL and C1: a paste brings text, no keys. */
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/gu;

/** What the editor tells; each call comes after the line has changed. */
export interface LineEditorEvents {
  changed(): void;
  /** Return was pressed: the line is empty again. */
  submitted(text: string): void;
  escape(): void;
  interrupt(): void;
  /** Ctrl-D on an empty line, or the end of the input. */
  ended(): void;
  /** Ctrl-L */
  clearScreen(): void;
  pageUp(): void;
  /** Back from the background (Ctrl-Z, fg): the terminal has forgotten its modes. */
  resumed(): void;
  /** Words that Tab could complete the line to. `matched` is the part that they would replace. */
  complete(line: string): { readonly candidates: readonly string[]; readonly matched: string };
  /** Tab left more than one. */
  ambiguous(candidates: readonly string[]): void;
}

/** A line being edited with readline's keys; drawing it is somebody else's. */
export interface LineEditor {
  /** As displayed: breaks are {@link LINE_BREAK}. */
  readonly line: string;
  readonly cursor: number;
  /** The text with real line breaks. */
  text(): string;
  /** Puts text where the cursor is; line breaks in it stay breaks. */
  insert(text: string): void;
  /** Puts text in the place of all there is. */
  replace(text: string): void;
  /** Leaves the terminal to another program until `resume`. */
  suspend(): void;
  resume(): void;
  close(): void;
}

/** Reads keys from the input until closed; what comes later stays for the next reader. */
export function createLineEditor(options: {
  input: Host["input"];
  /** Leaves the terminal as it is: whole lines come, and the terminal echoes them. */
  plain: boolean;
  history: InputHistory;
  events: LineEditorEvents;
}): LineEditor {
  const { input, plain, history, events } = options;
  const keys = createKeyStream(plain ? undefined : input);
  const readline = createInterface({
    input: keys,
    // Readline edits, and what it would draw goes nowhere: it knows neither messages nor the rows above its line.
    output: createVoid(),
    terminal: true,
    escapeCodeTimeout: ESCAPE_TIMEOUT_MS,
    prompt: "",
    history: [...history.lines],
    historySize: HISTORY_LINES,
    removeHistoryDuplicates: true,
    completer(line: string, answer: (error: null, result: [string[], string]) => void) {
      const { candidates, matched } = events.complete(line);
      if (candidates.length > 1) events.ambiguous(candidates);
      answer(null, [[...candidates], matched]);
    },
  });
  let closed = false;
  const decoder = new StringDecoder("utf8");
  const split = createPasteSplitter();
  const insert = (text: string) => readline.write(toLine(text));

  const onData = (chunk: Buffer | string) => {
    for (const part of split(typeof chunk === "string" ? chunk : decoder.write(chunk))) {
      if (closed) return;
      if (part.kind === "paste") insert(part.text);
      else keys.emit("data", part.text);
    }
    if (!closed) events.changed();
  };
  const onEnd = () => events.ended();
  const onKeypress = (_text: string | undefined, key: Key) => {
    if (closed) return;
    if (key.name === "escape") events.escape();
    else if (key.name === "return" && key.meta) insert("\n");
    else if (key.name === "l" && key.ctrl) events.clearScreen();
    else if (key.name === "pageup") events.pageUp();
    events.changed();
  };
  readline.on("line", (line) => events.submitted(fromLine(line)));
  readline.on("history", (lines) => history.remember(lines));
  readline.on("SIGINT", () => events.interrupt());
  readline.on("SIGCONT", () => {
    readline.resume();
    events.resumed();
  });
  readline.on("close", () => void (closed || events.ended()));
  keys.on("keypress", onKeypress);
  const listen = () => {
    input.on("data", onData);
    input.on("end", onEnd);
    input.resume();
  };
  const leave = () => {
    input.off("data", onData);
    input.off("end", onEnd);
    input.pause();
  };
  listen();

  return {
    get line() {
      return readline.line;
    },
    get cursor() {
      return readline.cursor;
    },
    text: () => fromLine(readline.line),
    insert,
    replace(text) {
      // To the end, and all of it away: readline has no other way to empty its line.
      readline.write(null, { ctrl: true, name: "e" });
      readline.write(null, { ctrl: true, name: "u" });
      insert(text);
    },
    suspend() {
      leave();
      keys.setRawMode(false);
    },
    resume() {
      if (closed) return;
      keys.setRawMode(true);
      listen();
    },
    close() {
      if (closed) return;
      closed = true;
      leave();
      keys.off("keypress", onKeypress);
      readline.close();
    },
  };
}

/** Keys without pastes, emitted in the turn in which they were read, so that both stay in order. */
function createKeyStream(input: Host["input"] | undefined): Readable & { setRawMode(on: boolean): void } {
  const keys = new Readable({ read: () => {} });
  return Object.assign(keys, { setRawMode: (on: boolean) => void (input?.isTTY === true && input.setRawMode?.(on)) });
}

function createVoid(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

function toLine(text: string): string {
  return text
    .replace(/\r\n?|[\u2028\u2029]/gu, "\n")
    .replace(CONTROLS, "")
    .replaceAll("\n", LINE_BREAK)
    .replaceAll("\t", TAB);
}

function fromLine(line: string): string {
  return line.replaceAll(LINE_BREAK, "\n").replaceAll(TAB, "\t");
}
