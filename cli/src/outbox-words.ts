import type { OutboxAction, OutboxItem } from "@chat/client";
import { shortened } from "./message-format.ts";
import { visibleLine } from "./visible-text.ts";

const EXCERPT_WIDTH = 40;

/** "edit 12: new text": what an action does, in words. `nameOf` says what people call a message by. */
export function actionWords(action: OutboxAction, nameOf: (seq: number) => string): string {
  switch (action.kind) {
    case "send":
      return action.replyTo === undefined ? action.text : `reply to ${nameOf(action.replyTo)}: ${action.text}`;
    case "edit":
      return `edit ${nameOf(action.seq)}: ${action.text}`;
    case "delete":
    case "pin":
    case "unpin":
      return `${action.kind} ${nameOf(action.seq)}`;
    case "react":
    case "unreact":
      return `${action.kind} ${action.emoji} ${nameOf(action.seq)}`;
    case "create-room":
      return `make #${action.name}`;
    case "update-room":
      return `change ${action.room}: ${[action.name === undefined ? [] : `#${action.name}`, action.title ?? [], action.topic ?? []].flat().join(", ")}`;
    case "join":
    case "leave":
      return `${action.kind} ${action.room}`;
  }
}

/** One line on one item, wherever it goes to. */
export function outboxLine(item: OutboxItem): string {
  const { action, state, error } = item;
  const to = action.kind === "send" ? ` to ${action.conversation}` : "";
  const what = shortened(visibleLine(actionWords(action, String)), EXCERPT_WIDTH);
  return `${item.clientId} ${state}${to}: ${what}${error === undefined ? "" : ` (${visibleLine(error.message)})`}`;
}
