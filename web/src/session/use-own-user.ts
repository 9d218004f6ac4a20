import type { ChatUser } from "@chat/client";
import { useStore } from "@nanostores/vue";
import { computed, type ComputedRef } from "vue";
import { useChat } from "../chat/use-chat.ts";
import { usePeople } from "../person/people.ts";

const NOBODY: ChatUser = { id: 0, handle: "", displayName: "", removed: false };

/** Who is signed in, under the present name. Nobody (id 0) only in the moment between signing out and leaving the page. */
export function useOwnUser(): ComputedRef<ChatUser> {
  const session = useStore(useChat().session.$state);
  const people = usePeople();
  return computed(() => {
    if (session.value.state !== "signed-in") return NOBODY;
    return people.get(session.value.user.id) ?? session.value.user;
  });
}
