import type { TimelineRow } from "@chat/client";

/** What one can do to a message, in the order of the menu. */
export const MESSAGE_ACTIONS = [
  "react",
  "reply",
  "edit",
  "copy-text",
  "copy-link",
  "pin",
  "unpin",
  "versions",
  "delete",
] as const;
export type MessageAction = (typeof MESSAGE_ACTIONS)[number];

/** How long one may edit one's own message; the server's rule. */
export const EDIT_WITHIN_MS = 7 * 24 * 60 * 60 * 1000;

/** What the person with `ownId` can do to the message at a time (ms since 1970). */
export function allowedActions(row: TimelineRow, ownId: number, now: number): readonly MessageAction[] {
  const { message } = row;
  if (row.state !== "stored") return ["copy-text"];
  if (message.deleted) return ["copy-link"];
  const own = message.sender === ownId;
  const allowed: Readonly<Record<MessageAction, boolean>> = {
    react: true,
    reply: true,
    edit: own && now - message.sentAt < EDIT_WITHIN_MS,
    "copy-text": true,
    "copy-link": true,
    pin: !message.pinned,
    unpin: message.pinned,
    versions: message.editedAt !== undefined,
    delete: own,
  };
  return MESSAGE_ACTIONS.filter((action) => allowed[action]);
}

/** The action of a key pressed on a message; `menu` opens all of them. */
export function messageKey(
  event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "isComposing">,
): MessageAction | "menu" | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return undefined;
  return KEYS[event.key.toLowerCase()];
}

const KEYS: Readonly<Record<string, MessageAction | "menu">> = {
  enter: "menu",
  ".": "menu",
  r: "reply",
  e: "edit",
  "+": "react",
  delete: "delete",
};
