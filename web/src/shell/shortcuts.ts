/** What a key press anywhere on the page asks for. */
export type Shortcut = "switch" | "previous" | "next" | "previous-unseen" | "next-unseen" | "help";

type Press = Pick<KeyboardEvent, "key" | "altKey" | "ctrlKey" | "metaKey" | "shiftKey" | "isComposing">;

/** The shortcut of a key press; undefined for all others. `typing`: the focus is where text is written. */
export function shortcutOf(press: Press, typing: boolean): Shortcut | undefined {
  if (press.isComposing) return undefined;
  const command = press.ctrlKey || press.metaKey;
  if (command && !press.altKey && !press.shiftKey && press.key.toLowerCase() === "k") return "switch";
  if (press.altKey && !command && press.key === "ArrowUp") return press.shiftKey ? "previous-unseen" : "previous";
  if (press.altKey && !command && press.key === "ArrowDown") return press.shiftKey ? "next-unseen" : "next";
  if (press.key === "?" && !command && !press.altKey && !typing) return "help";
  return undefined;
}

/** Whether text goes into the element. */
export function isTyping(element: Element | null): boolean {
  if (!(element instanceof HTMLElement)) return false;
  if (element instanceof HTMLInputElement) return !["checkbox", "radio", "button", "submit"].includes(element.type);
  return element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement || element.isContentEditable;
}

/** The address that comes `step` (1 or -1) after the present one, going round; from nowhere the first, or the last. */
export function neighbour(addresses: readonly string[], present: string | undefined, step: 1 | -1): string | undefined {
  const index = present === undefined ? -1 : addresses.indexOf(present);
  if (index === -1) return step === 1 ? addresses[0] : addresses.at(-1);
  return addresses.at((index + step) % addresses.length);
}

/** The keys as the help shows them. `Mod` is Ctrl, or ⌘ on Apple's machines. */
export const SHORTCUT_HELP = [
  { keys: ["Mod", "K"], what: "Jump to a conversation" },
  { keys: ["Alt", "↑"], what: "Previous conversation" },
  { keys: ["Alt", "↓"], what: "Next conversation" },
  { keys: ["Alt", "Shift", "↑"], what: "Previous with new messages" },
  { keys: ["Alt", "Shift", "↓"], what: "Next with new messages" },
  { keys: ["Enter"], what: "Send the message" },
  { keys: ["Shift", "Enter"], what: "New line" },
  { keys: ["↑"], what: "Edit your last message (empty field)" },
  { keys: ["Shift", "Tab"], what: "Go to the messages; ↑ ↓ move" },
  { keys: ["Enter"], what: "On a message: all actions" },
  { keys: ["R"], what: "On a message: reply" },
  { keys: ["E"], what: "On a message: edit" },
  { keys: ["+"], what: "On a message: react" },
  { keys: ["Del"], what: "On a message: delete" },
  { keys: ["Esc"], what: "Close what is open" },
  { keys: ["?"], what: "Show this list" },
] as const;

/** How the command key is called on this machine. */
export function commandKey(platform: string): "⌘" | "Ctrl" {
  return /mac|iphone|ipad/i.test(platform) ? "⌘" : "Ctrl";
}
