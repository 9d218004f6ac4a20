// Imports nothing, so that it costs nothing where the SDK is not loaded yet: `@chat/client/message-text`.

/** Longest text of a message, in Unicode code points. */
export const TEXT_MAX_CODE_POINTS = 10_000;

const VISIBLE = /[^\s\p{Z}\p{C}]/u;

/** Unicode code points in a text: what the server counts. */
export function countCodePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Why the server would refuse a text; undefined where it would not. */
export function textProblem(text: string): "blank" | "too-long" | "nul" | undefined {
  if (!VISIBLE.test(text)) return "blank";
  if (text.includes("\0")) return "nul";
  return text.length > TEXT_MAX_CODE_POINTS && countCodePoints(text) > TEXT_MAX_CODE_POINTS ? "too-long" : undefined;
}
