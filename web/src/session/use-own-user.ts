import type { ChatUser } from "@chat/client";
import { useStore } from "@nanostores/vue";
import { computed, type ComputedRef } from "vue";
import { useChat } from "../chat/use-chat.ts";

const NOBODY: ChatUser = { handle: "", displayName: "" };

/** Who is signed in. Nobody (empty strings) only in the moment between signing out and leaving the page. */
export function useOwnUser(): ComputedRef<ChatUser> {
  const session = useStore(useChat().session.$state);
  return computed(() => (session.value.state === "signed-in" ? session.value.user : NOBODY));
}
