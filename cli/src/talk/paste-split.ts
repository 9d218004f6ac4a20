/** What a terminal puts around pasted text once asked to. */
const PASTE_START = "\u001b[200~";
const PASTE_END = "\u001b[201~";

/** Asks the terminal to mark pasted text, and no longer. */
export const PASTE_MARKS = { on: "\u001b[?2004h", off: "\u001b[?2004l" } as const;

/** Keys as they came, or a paste as a whole. */
export type InputPart = { readonly kind: "keys" | "paste"; readonly text: string };

/** Takes the input apart, also where a mark or a paste is spread over several reads. */
export function createPasteSplitter(): (chunk: string) => InputPart[] {
  let pending = "";
  let pasting = false;
  return (chunk) => {
    const parts: InputPart[] = [];
    pending += chunk;
    for (;;) {
      const mark = pasting ? PASTE_END : PASTE_START;
      const at = pending.indexOf(mark);
      if (at < 0) break;
      if (pasting || at > 0) parts.push({ kind: pasting ? "paste" : "keys", text: pending.slice(0, at) });
      pending = pending.slice(at + mark.length);
      pasting = !pasting;
    }
    if (!pasting) {
      const kept = beginningOfMark(pending);
      const keys = pending.slice(0, pending.length - kept);
      pending = pending.slice(pending.length - kept);
      if (keys !== "") parts.push({ kind: "keys", text: keys });
    }
    return parts;
  };
}

/** Length of the mark's beginning at the end of the text. A lone Esc is a key and waits for nothing. */
function beginningOfMark(text: string): number {
  for (let length = PASTE_START.length - 1; length > 1; length -= 1) {
    if (text.endsWith(PASTE_START.slice(0, length))) return length;
  }
  return 0;
}
