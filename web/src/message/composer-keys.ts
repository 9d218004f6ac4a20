/** Unicode code points a message may hold. */
export const MESSAGE_LIMIT = 10_000;
/** From here on the composer shows how many are left. */
export const COUNTER_FROM = 9_000;
const COMPOSING_KEY_CODE = 229;

/** What a key press in the composer does. `type`: whatever the browser does with it. */
export type ComposerKey = "send" | "edit-last" | "cancel" | "type";

/** Enter sends; with Shift, or on a touch screen, it breaks the line; while an input method composes every key belongs to that. */
export function composerKey(
  event: Pick<KeyboardEvent, "key" | "shiftKey" | "altKey" | "ctrlKey" | "metaKey" | "isComposing" | "keyCode">,
  touch = false,
): ComposerKey {
  // Safari ends the composition before the Enter that confirmed it; only the key code of old still tells.
  if (event.isComposing || event.keyCode === COMPOSING_KEY_CODE || event.shiftKey || event.altKey) return "type";
  const command = event.ctrlKey || event.metaKey;
  if (event.key === "Enter") return touch && !command ? "type" : "send";
  if (command) return "type";
  if (event.key === "ArrowUp") return "edit-last";
  return event.key === "Escape" ? "cancel" : "type";
}

/** Code points in the text, counted only where it may matter: otherwise its length, which is never less. */
export function messageLength(text: string): number {
  return text.length < COUNTER_FROM ? text.length : Array.from(text).length;
}

/** Whether the server would take it: something visible, not too long, no NUL. */
export function canSend(text: string): boolean {
  return /[^\s\p{Z}\p{C}]/u.test(text) && messageLength(text) <= MESSAGE_LIMIT && !text.includes("\0");
}
