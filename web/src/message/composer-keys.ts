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
