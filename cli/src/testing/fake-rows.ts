import type { ChatMessage, ChatUser, OutboxItem } from "@chat/client";

/** What a message has once somebody has reacted. */
export function withReaction(
  { reactions }: ChatMessage,
  emoji: string,
  person: number,
): Pick<ChatMessage, "reactions"> {
  const present = reactions.find((reaction) => reaction.emoji === emoji)?.people ?? [];
  const others = reactions.filter((reaction) => reaction.emoji !== emoji);
  return { reactions: [...others, { emoji, people: [...present, person] }] };
}

/** What a message has once somebody has taken a reaction back. */
export function withoutReaction(
  { reactions }: ChatMessage,
  emoji: string,
  person: number,
): Pick<ChatMessage, "reactions"> {
  const left = reactions.map((reaction) =>
    reaction.emoji === emoji ? { emoji, people: reaction.people.filter((id) => id !== person) } : reaction,
  );
  return { reactions: left.filter(({ people }) => people.length > 0) };
}

/** One page of a list. A token is where the next one begins. */
export function pageOf<Item>(
  all: readonly Item[],
  { pageSize = 100, pageToken = "" }: { pageSize?: number; pageToken?: string },
): { items: readonly Item[]; nextPageToken: string } {
  const from = Number(pageToken);
  const nextPageToken = from + pageSize < all.length ? String(from + pageSize) : "";
  return { items: all.slice(from, from + pageSize), nextPageToken };
}

/** A message as it is shown until it is stored. */
export function unsentMessage(item: OutboxItem, conversation: string, sender: number): ChatMessage {
  const text = item.action.kind === "send" ? item.action.text : "";
  return {
    ...{ seq: 0, conversation, sender, text, sentAt: item.createdAt, clientId: item.clientId },
    ...{ deleted: false, reactions: [], pinned: false, version: 0 },
  };
}

/** People by their handles, with ids from `firstId` on. */
export function peopleCalled(handles: readonly string[], firstId: number): ChatUser[] {
  return handles.map((handle, index) => ({
    ...{ id: firstId + index, handle, displayName: `${handle} Smith`, removed: false },
  }));
}

/** The part of a conversation around a message. */
export function rowsAround(all: readonly ChatMessage[], around: number, size: number): ChatMessage[] {
  const at = all.findIndex(({ seq }) => seq >= around);
  const from = Math.max(0, at - Math.floor(size / 2));
  return all.slice(from, from + size);
}
