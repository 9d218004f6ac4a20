import type { Writable } from "node:stream";
import pc from "picocolors";
import { asStarted } from "./program-name.ts";
import { visibleJson, visibleText } from "./visible-text.ts";

/** Colours, or the plain text where they are not wanted. */
export type Style = ReturnType<typeof pc.createColors>;

/** What a command says: results to the output, all else to the error output. */
export interface Printer {
  /** `--json` was given: results go through `json` only. */
  readonly asJson: boolean;
  readonly style: Style;
  /** A result for people. Must already be safe for a terminal, its colours included. */
  line(text: string): void;
  /** A result for programs: one object a line. */
  json(value: object): void;
  /** Text of our own as a result: it names the program as it was started. */
  help(text: string): void;
  /** A remark of ours that is no result. Made safe here. */
  note(text: string): void;
  /** What went wrong, for programs: one object on one line of the error output. */
  errorJson(value: object): void;
}

/** Whether colours fit this output: NO_COLOR and FORCE_COLOR decide before what the output is. */
export function wantsColour(output: { isTTY?: boolean }, env: Readonly<Record<string, string | undefined>>): boolean {
  if (env["NO_COLOR"]) return false;
  if (env["FORCE_COLOR"] !== undefined) return env["FORCE_COLOR"] !== "0";
  return output.isTTY === true && env["TERM"] !== "dumb";
}

/** A printer on two streams. */
export function createPrinter(options: {
  output: Writable;
  errorOutput: Writable;
  programName: string;
  asJson: boolean;
  colour: boolean;
}): Printer {
  const { output, errorOutput, programName, asJson, colour } = options;
  return {
    asJson,
    style: pc.createColors(colour),
    line: (text) => void output.write(`${text}\n`),
    json: (value) => void output.write(`${visibleJson(value)}\n`),
    help: (text) => void output.write(`${asStarted(text, programName)}\n`),
    note: (text) => void errorOutput.write(`${visibleText(asStarted(text, programName))}\n`),
    errorJson: (value) => void errorOutput.write(`${visibleJson(value)}\n`),
  };
}
