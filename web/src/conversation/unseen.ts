import type { ChatClient } from "@chat/client";
import { addressOf } from "@chat/client/conversation-id";
import {
  computed,
  inject,
  onScopeDispose,
  shallowRef,
  watch,
  type ComputedRef,
  type InjectionKey,
  type Ref,
} from "vue";

/** What arrived since this page was opened and was not looked at: hints for list and title, not a promise. */
export interface Unseen {
  /** How many messages of others, by address. Absent is none. */
  readonly counts: Readonly<Ref<ReadonlyMap<string, number>>>;
  readonly total: ComputedRef<number>;
  /** Which conversation is on screen; undefined for none. */
  readonly viewing: Ref<string | undefined>;
  close(): void;
}

export const UNSEEN: InjectionKey<Unseen> = Symbol("unseen");

/** What is asked of the document: whether a person looks at it, and when that changes. */
type Sight = Pick<Document, "hasFocus" | "visibilityState" | "addEventListener" | "removeEventListener"> & {
  readonly defaultView: Pick<Window, "addEventListener" | "removeEventListener"> | null;
};

/** See {@link Unseen}. A conversation counts as looked at while it is on screen in a visible, focused window. */
export function createUnseen(client: Pick<ChatClient, "feed" | "session">, sight: Sight): Unseen {
  const counts = shallowRef<ReadonlyMap<string, number>>(new Map());
  const viewing = shallowRef<string>();
  const looking = () => sight.visibilityState === "visible" && sight.hasFocus();

  function see(): void {
    if (viewing.value === undefined || !looking() || !counts.value.has(viewing.value)) return;
    const next = new Map(counts.value);
    next.delete(viewing.value);
    counts.value = next;
  }

  const stopEvents = client.feed.onEvent((event) => {
    const session = client.session.$state.get();
    if (event.kind !== "message-posted" || session.state !== "signed-in" || event.actor === session.user.handle) return;
    const address = addressOf(event.conversation, session.user.handle);
    if (address === viewing.value && looking()) return;
    counts.value = new Map(counts.value).set(address, (counts.value.get(address) ?? 0) + 1);
  });
  const stopSession = client.session.$state.listen(({ state }) => {
    if (state === "signed-out") counts.value = new Map();
  });
  const stopViewing = watch(viewing, see, { flush: "sync" });
  sight.addEventListener("visibilitychange", see);
  sight.defaultView?.addEventListener("focus", see);

  return {
    counts,
    viewing,
    total: computed(() => counts.value.values().reduce((sum, count) => sum + count, 0)),
    close() {
      stopEvents();
      stopSession();
      stopViewing();
      sight.removeEventListener("visibilitychange", see);
      sight.defaultView?.removeEventListener("focus", see);
    },
  };
}

/** The unseen counts of the page. @throws Error outside an app that provides {@link UNSEEN}. */
export function useUnseen(): Unseen {
  const unseen = inject(UNSEEN);
  if (!unseen) throw new Error("no unseen counts provided");
  return unseen;
}

/** Marks the conversation as being on screen for as long as the component is. */
export function useViewing(address: string): void {
  const { viewing } = useUnseen();
  viewing.value = address;
  onScopeDispose(() => {
    if (viewing.value === address) viewing.value = undefined;
  });
}
