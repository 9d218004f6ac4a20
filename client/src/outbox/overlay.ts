import { withMessageAction } from "../actions/actions.ts";
import type { ChatMessage, OutboxItem, TimelineRow } from "../types.ts";

/** A stored message with the outbox's actions on it laid over: as it will be once they are stored. Failed ones are listed, not laid over. */
export function storedRow(message: ChatMessage, items: readonly OutboxItem[], me: number): TimelineRow {
  const shown = items
    .filter(({ state }) => state !== "failed")
    .reduce(
      (row, { action, createdAt }) => (row.deleted ? row : withMessageAction(row, action, { me, at: createdAt })),
      message,
    );
  return { key: `${message.sender}/${message.clientId}`, message: shown, state: "stored", items };
}

/** A message that is not stored yet; undefined for other actions. */
export function pendingRow(item: OutboxItem, conversation: string, me: number): TimelineRow | undefined {
  if (item.action.kind !== "send") return undefined;
  const { text, replyTo } = item.action;
  const message: ChatMessage = {
    seq: 0,
    conversation,
    sender: me,
    text,
    sentAt: item.createdAt,
    clientId: item.clientId,
    ...(replyTo !== undefined && { replyTo }),
    deleted: false,
    reactions: [],
    pinned: false,
    version: 0,
  };
  return { key: `${me}/${item.clientId}`, message, state: item.state, items: [item] };
}

/** The actions on stored messages, by the message's seq. */
export function actionsBySeq(items: readonly OutboxItem[]): ReadonlyMap<number, readonly OutboxItem[]> {
  const bySeq = new Map<number, OutboxItem[]>();
  for (const item of items) {
    if (!("seq" in item.action)) continue;
    const same = bySeq.get(item.action.seq);
    if (same) same.push(item);
    else bySeq.set(item.action.seq, [item]);
  }
  return bySeq;
}
