import type { ChatConversation } from "@chat/client";
import { watchDebounced } from "@vueuse/core";
import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from "vue";
import { describeError } from "../chat/describe-error.ts";
import { useChat } from "../chat/use-chat.ts";

const TYPING_PAUSE_MS = 200;
const PAGE = 50;

/** The rooms that match what is typed. */
export interface RoomSearch {
  readonly query: Ref<string>;
  /** Undefined until the first answer. */
  readonly rooms: ShallowRef<readonly ChatConversation[] | undefined>;
  readonly hasMore: Readonly<ShallowRef<boolean>>;
  readonly loading: Readonly<ShallowRef<boolean>>;
  readonly error: Readonly<ShallowRef<string | undefined>>;
  load(): Promise<void>;
  loadMore(): Promise<void>;
  /** Draws a room as it is now. */
  replace(room: ChatConversation): void;
}

/** See {@link RoomSearch}. Asks when typing pauses; an answer that a later question has overtaken is dropped. */
export function useRooms(): RoomSearch {
  const client = useChat();
  const query = ref("");
  const rooms = shallowRef<readonly ChatConversation[]>();
  const hasMore = shallowRef(false);
  const loading = shallowRef(false);
  const error = shallowRef<string>();
  let running: AbortController | undefined;

  let nextPageToken = "";

  async function ask(before: readonly ChatConversation[], pageToken: string): Promise<void> {
    running?.abort();
    const mine = new AbortController();
    running = mine;
    loading.value = true;
    error.value = undefined;
    try {
      const page = await client.rooms.list({
        query: query.value.trim().replace(/^#/, ""),
        pageSize: PAGE,
        pageToken,
        signal: mine.signal,
      });
      if (mine.signal.aborted) return;
      rooms.value = [...before, ...page.rooms];
      nextPageToken = page.nextPageToken;
      hasMore.value = nextPageToken !== "";
    } catch (cause) {
      if (!mine.signal.aborted) error.value = describeError(cause).message;
    } finally {
      if (running === mine) loading.value = false;
    }
  }

  const load = () => ask([], "");
  watchDebounced(query, load, { debounce: TYPING_PAUSE_MS });
  onScopeDispose(() => running?.abort());
  void load();
  return {
    query,
    rooms,
    hasMore,
    loading,
    error,
    load,
    loadMore: () => ask(rooms.value ?? [], nextPageToken),
    replace(room) {
      rooms.value = rooms.value?.map((each) => (each.id === room.id ? room : each));
    },
  };
}
