import type { ChatUser } from "@chat/client";
import { onScopeDispose, shallowRef, watch, type Ref, type ShallowRef } from "vue";
import { describeError } from "../chat/describe-error.ts";
import { useChat } from "../chat/use-chat.ts";

const TYPING_PAUSE_MS = 150;
const LIMIT = 20;

/** People found for what is typed. */
export interface UserSearch {
  readonly users: Readonly<ShallowRef<readonly ChatUser[]>>;
  readonly searching: Readonly<ShallowRef<boolean>>;
  readonly error: Readonly<ShallowRef<string | undefined>>;
}

/** Searches when typing pauses; an answer that later typing has overtaken is dropped. `all`: an empty query finds everybody. */
export function useUserSearch(query: Readonly<Ref<string>>, options: { all: boolean }): UserSearch {
  const client = useChat();
  const users = shallowRef<readonly ChatUser[]>([]);
  const searching = shallowRef(false);
  const error = shallowRef<string>();

  async function search(text: string, signal: AbortSignal): Promise<void> {
    try {
      const found = await client.users.search(text, { pageSize: LIMIT, signal });
      if (!signal.aborted) users.value = found.users;
    } catch (cause) {
      if (!signal.aborted) error.value = describeError(cause).message;
    } finally {
      if (!signal.aborted) searching.value = false;
    }
  }

  let stop = (): void => {};
  watch(
    () => query.value.trim(),
    (typed, before) => {
      stop();
      error.value = undefined;
      const text = typed.replace(/^@/, "");
      searching.value = !typed.startsWith("#") && (options.all || text !== "");
      if (!searching.value) {
        users.value = [];
        return;
      }
      const mine = new AbortController();
      const timer = setTimeout(() => void search(text, mine.signal), before === undefined ? 0 : TYPING_PAUSE_MS);
      stop = () => {
        clearTimeout(timer);
        mine.abort();
      };
    },
    { immediate: true },
  );
  onScopeDispose(() => stop());
  return { users, searching, error };
}
