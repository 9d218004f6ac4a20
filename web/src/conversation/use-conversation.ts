import type { ChatConversation } from "@chat/client";
import { useStore } from "@nanostores/vue";
import { computed, shallowRef, watch, type ComputedRef } from "vue";
import { useChat } from "../chat/use-chat.ts";
import type { Address } from "./address.ts";

/** What the page shows of a conversation beside its messages. */
export type ConversationHead = Pick<ChatConversation, "address" | "kind" | "title" | "topic" | "joined"> & {
  /** Absent where it is not known. */
  readonly memberCount?: number;
};

/** `unknown`: there is no such person or room. */
export type ConversationState =
  | { readonly state: "loading" }
  | { readonly state: "unknown" }
  | { readonly state: "ready"; readonly head: ConversationHead };

/**
 * What is known of the conversation at an address: from the list, else asked of the server. Where neither answers (offline), it is taken
 * to exist, so that one can write.
 */
export function useConversation(address: Address): ComputedRef<ConversationState> {
  const { conversations, feed, rooms, users } = useChat();
  const list = useStore(conversations.$state);
  const connection = useStore(feed.$connection);
  const listed = computed(() => list.value.conversations.find((each) => each.address === address.text));
  const asked = shallowRef<ConversationState>({ state: "loading" });
  let latest = 0;

  async function askServer(): Promise<ConversationState> {
    if (address.kind === "direct") {
      const user = await users.get(address.handle);
      return user ? ready({ ...plain(address), title: user.displayName || user.handle }) : { state: "unknown" };
    }
    const page = await rooms.list({ query: address.name });
    const room = page.rooms.find((each) => each.address === address.text);
    return room ? ready(room) : { state: "unknown" };
  }

  async function ask(): Promise<void> {
    const mine = ++latest;
    const answer = await askServer().catch((): ConversationState => ready(plain(address)));
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
  return computed(() => (listed.value ? ready(listed.value) : asked.value));
}

function ready(head: ConversationHead): ConversationState {
  return { state: "ready", head };
}

function plain(address: Address): ConversationHead {
  const title = address.kind === "direct" ? address.handle : address.name;
  return { address: address.text, kind: address.kind, title, topic: "", joined: true };
}
