import { countCodePoints, TEXT_MAX_CODE_POINTS } from "@chat/client/message-text";

/** Fewer are worth no word. */
const TOLD_BELOW = 1_000;

/** Code points that may still be written, negative where there are too many; undefined as long as it does not matter. */
export function codePointsLeft(text: string): number | undefined {
  // A text has at most as many code points as units, and counting is slow.
  if (text.length < TEXT_MAX_CODE_POINTS - TOLD_BELOW) return undefined;
  const left = TEXT_MAX_CODE_POINTS - countCodePoints(text);
  return left <= TOLD_BELOW ? left : undefined;
}
