import { PassThrough, Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import xterm from "@xterm/headless";

const SETTLE_MS = 5;
const PATIENCE_MS = 3_000;

/** A terminal on whose screen a test looks. */
export interface FakeTerminal {
  readonly input: PassThrough & { isTTY: boolean; setRawMode(on: boolean): unknown };
  readonly output: Writable & { isTTY: boolean; columns: number; rows: number };
  /** Presses keys and lets the program act on them. */
  type(keys: string): Promise<void>;
  /** The rows of the screen, without what is blank at the end. */
  screen(): Promise<string[]>;
  /** Row and column of the cursor on the screen. */
  cursor(): Promise<{ row: number; column: number }>;
  /** Waits until the screen has this text. @throws Error with the screen */
  until(text: string): Promise<string[]>;
  resize(columns: number, rows: number): Promise<void>;
  /** Whether keys come one by one. */
  readonly raw: boolean;
  /** Everything written. */
  written(): string;
}

/** A real terminal's screen on injected streams. */
export function createFakeTerminal(columns = 80, rows = 24): FakeTerminal {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 1_000 });
  let raw = false;
  let all = "";
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (on: boolean) => {
      raw = on;
    },
  });
  const output = Object.assign(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        const text = chunk.toString("utf8");
        all += text;
        // What the line discipline of a terminal does.
        terminal.write(text.replace(/(?<!\r)\n/gu, "\r\n"), () => done());
      },
    }),
    { isTTY: true, columns, rows },
  );
  const settle = async () => {
    await delay(SETTLE_MS);
    await new Promise<void>((resolve) => terminal.write("", resolve));
  };
  const screen = async () => {
    await settle();
    const { active } = terminal.buffer;
    const lines = Array.from(
      { length: terminal.rows },
      (_, row) =>
        active
          .getLine(active.baseY + row)
          ?.translateToString(true)
          .trimEnd() ?? "",
    );
    while (lines.at(-1) === "") lines.pop();
    return lines;
  };
  return {
    input,
    output,
    async type(keys) {
      input.write(keys);
      await settle();
    },
    screen,
    async cursor() {
      await settle();
      return { row: terminal.buffer.active.cursorY, column: terminal.buffer.active.cursorX };
    },
    async until(text) {
      for (const started = Date.now(); ;) {
        const lines = await screen();
        if (lines.join("\n").includes(text)) return lines;
        if (Date.now() - started > PATIENCE_MS)
          throw new Error(`"${text}" never came. The screen:\n${lines.join("\n")}`);
      }
    },
    async resize(newColumns, newRows) {
      terminal.resize(newColumns, newRows);
      Object.assign(output, { columns: newColumns, rows: newRows });
      output.emit("resize");
      await settle();
    },
    get raw() {
      return raw;
    },
    written: () => all,
  };
}
