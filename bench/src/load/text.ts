/** Characters of each message of a run. */
export const TEXT_LENGTH = 100;

const MARK = "at=";
const DIGITS = 15;
const FILLER = "The quick brown fox jumps over the lazy dog. ".repeat(3);

/** A message that says when it was meant to be sent, in µs of this process's own clock. */
export function stampedText(us: number): string {
  return (MARK + String(Math.round(us)).padStart(DIGITS, "0") + " " + FILLER).slice(0, TEXT_LENGTH);
}

/** Finds that time again in a delivered message, whatever its encoding. Undefined: it has none. */
export function stampOf(buffer: Buffer, start: number, end: number): number | undefined {
  const at = buffer.indexOf(MARK, start, "latin1");
  if (at < 0 || at + MARK.length + DIGITS > end) return undefined;
  return Number(buffer.toString("latin1", at + MARK.length, at + MARK.length + DIGITS));
}

/** This process's clock, in µs. */
export function nowUs(): number {
  return performance.now() * 1_000;
}
