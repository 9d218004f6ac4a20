import type { ChatConversation } from "@chat/client";
import type { ConversationName } from "@chat/client/address";
import { useStore } from "@nanostores/vue";
import { computed, onScopeDispose, shallowRef, watch, type ComputedRef } from "vue";
import { useChat } from "../chat/use-chat.ts";
import { usePeople } from "../person/people.ts";

/** What the page shows of a conversation beside its messages. `id`, `memberCount` and the like are absent where they are not known. */
export type ConversationHead = Pick<ChatConversation, "address" | "kind" | "title" | "topic" | "joined"> &
  Partial<ChatConversation>;

/** `unknown`: there is no such person or room. */
export type ConversationState =
  | { readonly state: "loading" }
  | { readonly state: "unknown" }
  | { readonly state: "ready"; readonly head: ConversationHead };

/**
 * What is known of the conversation with a name: from the list, else from the SDK. Where neither answers (offline), it is taken to exist,
 * so that one can write. Once its id is known it is followed by that, through every rename.
 */
export function useConversation(name: ConversationName): ComputedRef<ConversationState> {
  const { conversations, feed, session } = useChat();
  const people = usePeople();
  const list = useStore(conversations.$state);
  const connection = useStore(feed.$connection);
  const asked = shallowRef<ConversationState>({ state: "loading" });
  const id = shallowRef<string>();
  const listed = computed(() =>
    list.value.conversations.find((each) =>
      id.value === undefined ? each.address === name.text || each.id === name.text : each.id === id.value,
    ),
  );
  let latest = 0;

  async function ask(): Promise<void> {
    const mine = ++latest;
    let answer: ConversationState;
    try {
      const found = await conversations.find(id.value ?? name.text);
      answer = found ? { state: "ready", head: found } : { state: "unknown" };
    } catch {
      // The server cannot say: an answer that was there stays, else the name stands for the conversation.
      answer = asked.value.state === "ready" ? asked.value : { state: "ready", head: plain(name) };
    }
    if (mine === latest) asked.value = answer;
  }

  // Asked when the list has been loaded and lacks it, when it leaves the list, and again when a connection is there.
  watch(
    () => listed.value === undefined && (list.value.loaded || list.value.error !== undefined),
    (must) => {
      if (must) void ask();
    },
    { immediate: true },
  );
  watch(
    () => connection.value.state,
    (state) => {
      if (state === "live" && listed.value === undefined && asked.value.state !== "loading") void ask();
    },
  );
  const stop = feed.onChange((change) => {
    if (id.value === undefined || listed.value) return;
    if (change.row === "conversation" && change.conversation.id === id.value) void ask();
    const state = session.$state.get();
    const own = state.state === "signed-in" ? state.user.id : 0;
    if (change.row === "member" && change.member.conversation === id.value && change.member.person === own) void ask();
  });
  onScopeDispose(stop);

  const present = computed<ConversationState>(() => {
    if (listed.value) return { state: "ready", head: listed.value };
    if (asked.value.state !== "ready") return asked.value;
    const { head } = asked.value;
    const peer = head.peer && people.get(head.peer.id);
    return peer ? { state: "ready", head: { ...head, peer, title: peer.displayName } } : asked.value;
  });
  watch(
    present,
    (now) => {
      if (now.state === "ready" && now.head.id !== undefined) id.value = now.head.id;
    },
    { immediate: true },
  );
  return present;
}

function plain({ kind, text }: ConversationName): ConversationHead {
  return { address: text, kind, title: text.replace(/^[@#]/, ""), topic: "", joined: true };
}
