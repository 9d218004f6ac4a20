import type { OutboxItem } from "@chat/client";
import { useStore } from "@nanostores/vue";
import { computed, type ComputedRef } from "vue";
import { useChat } from "../chat/use-chat.ts";

/** Actions in the outbox. */
export interface OutboxItems {
  readonly items: ComputedRef<readonly OutboxItem[]>;
  /** Those that the server refused. */
  readonly failed: ComputedRef<readonly OutboxItem[]>;
}

/** The outbox's items that `keep` says yes to: all by default. */
export function useOutboxItems(keep: (item: OutboxItem) => boolean = () => true): OutboxItems {
  const all = useStore(useChat().outbox.$items);
  const items = computed(() => all.value.filter(keep));
  return { items, failed: computed(() => items.value.filter(({ state }) => state === "failed")) };
}
