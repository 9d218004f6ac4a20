import type { OutboxItem } from "@chat/client";
import { actionWords } from "@chat/client/actions";
import { shortened } from "./message-format.ts";
import { visibleLine } from "./visible-text.ts";

const EXCERPT_WIDTH = 40;

/** One line on one item, wherever it goes to. */
export function outboxLine(item: OutboxItem): string {
  const { action, state, error } = item;
  const to = action.kind === "send" ? ` to ${action.conversation}` : "";
  const what = shortened(visibleLine(actionWords(action, String)), EXCERPT_WIDTH);
  return `${item.clientId} ${state}${to}: ${what}${error === undefined ? "" : ` (${visibleLine(error.message)})`}`;
}
