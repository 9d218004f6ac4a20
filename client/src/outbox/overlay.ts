import type { ChatMessage, ChatReaction, OutboxItem, TimelineRow } from "../types.ts";

/** A stored message with the outbox's actions on it laid over: as it will be once they are stored. Failed ones are listed, not laid over. */
export function storedRow(message: ChatMessage, items: readonly OutboxItem[], me: number): TimelineRow {
  const shown = items
    .filter(({ state }) => state !== "failed")
    .reduce((row, item) => withAction(row, item, me), message);
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

function withAction(message: ChatMessage, { action, createdAt }: OutboxItem, me: number): ChatMessage {
  if (message.deleted) return message;
  switch (action.kind) {
    case "edit":
      return { ...message, text: action.text, editedAt: createdAt };
    case "delete":
      return { ...message, text: "", deleted: true, reactions: [], pinned: false };
    case "react":
      return { ...message, reactions: withReaction(message.reactions, action.emoji, me) };
    case "unreact":
      return { ...message, reactions: withoutReaction(message.reactions, action.emoji, me) };
    case "pin":
    case "unpin":
      return { ...message, pinned: action.kind === "pin" };
    default:
      return message;
  }
}

function withReaction(reactions: readonly ChatReaction[], emoji: string, me: number): readonly ChatReaction[] {
  const known = reactions.find((each) => each.emoji === emoji);
  if (known?.people.includes(me)) return reactions;
  if (!known) return [...reactions, { emoji, people: [me] }];
  return reactions.map((each) => (each === known ? { emoji, people: [...each.people, me] } : each));
}

function withoutReaction(reactions: readonly ChatReaction[], emoji: string, me: number): readonly ChatReaction[] {
  return reactions
    .map((each) => (each.emoji === emoji ? { ...each, people: each.people.filter((person) => person !== me) } : each))
    .filter(({ people }) => people.length > 0);
}
