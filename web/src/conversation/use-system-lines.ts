import type { ChatChange, ChatUser, TimelineState } from "@chat/client";
import { causeWords } from "@chat/client/conversation-words";
import { onScopeDispose, shallowRef, type Ref, type ShallowRef } from "vue";
import { useChat } from "../chat/use-chat.ts";
import type { ConversationHead } from "./use-conversation.ts";

/** Something that happened in a conversation beside its messages, in words. */
export interface SystemLine {
  readonly key: string;
  readonly text: string;
  /** ms since 1970, by this machine's clock. */
  readonly at: number;
  /** Stands after the messages up to this position of the log. */
  readonly seq: number;
}

/** Joins, leaves and renames in the open conversation since it was opened: the stream tells of them, history does not. */
export function useSystemLines(
  head: () => ConversationHead,
  state: Readonly<Ref<TimelineState>>,
): Readonly<ShallowRef<readonly SystemLine[]>> {
  const { feed, users } = useChat();
  const lines = shallowRef<readonly SystemLine[]>([]);
  // What things were called before: when a change is told, the rows say the new name already.
  const names = new Map<number, ChatUser>(users.$known.get());
  let { title, topic } = head();

  const name = (id: number): string => names.get(id)?.displayName ?? users.get(id)?.displayName ?? "Somebody";
  const newest = (): number => state.value.rows.findLast((row) => row.state === "stored")?.message.seq ?? 0;
  const isHere = (id: number): boolean =>
    head().peer?.id === id || state.value.rows.some(({ message }) => message.sender === id);

  /** The words for a change; undefined for one that is not told here. */
  function words(change: ChatChange): readonly [text: string, seq: number] | undefined {
    switch (change.row) {
      case "message":
        return undefined;
      case "member": {
        const { member } = change;
        if (member.conversation !== head().id) return undefined;
        const told = causeWords(change, name(member.person));
        return told === undefined ? undefined : [told, member.version];
      }
      case "conversation": {
        const { conversation } = change;
        if (conversation.id !== head().id) return undefined;
        const who = name(change.actor);
        const told = causeWords(change, who);
        if (told !== undefined) return [told, conversation.version];
        if (change.cause !== "room-changed") return undefined;
        if (conversation.title !== title)
          return [`${who} renamed the room to “${conversation.title}”`, conversation.version];
        if (conversation.topic === topic) return [`${who} changed the room’s address`, conversation.version];
        if (conversation.topic === "") return [`${who} removed the topic`, conversation.version];
        return [`${who} set the topic to “${conversation.topic}”`, conversation.version];
      }
      case "user": {
        const { user } = change;
        const before = names.get(user.id);
        if (before === undefined || !isHere(user.id)) return undefined;
        if (change.cause === "person-removed") return [`${before.displayName} removed their account`, newest()];
        if (before.displayName !== user.displayName) {
          return [`${before.displayName} is now called ${user.displayName}`, newest()];
        }
        if (before.handle !== user.handle) return [`${before.displayName} is now @${user.handle}`, newest()];
        return undefined;
      }
    }
  }

  const stop = feed.onChange((change) => {
    const told = words(change);
    if (change.row === "user") names.set(change.user.id, change.user);
    if (change.row === "conversation" && change.conversation.id === head().id) {
      ({ title, topic } = change.conversation);
    }
    if (told === undefined) return;
    const [text, seq] = told;
    const key = `line-${String(lines.value.length)}`;
    lines.value = [...lines.value, { key, text, seq, at: Date.now() }];
  });
  onScopeDispose(stop);
  return lines;
}
