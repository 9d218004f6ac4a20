import type { TimelineState } from "@chat/client";
import { useDocumentVisibility, useWindowFocus } from "@vueuse/core";
import { shallowRef, watch, type Ref, type ShallowRef } from "vue";
import { useChat } from "../chat/use-chat.ts";

/** Marks a conversation as seen while a person looks at its end: window visible and focused, newest message in sight (`atEnd`). */
export function useMarkSeen(conversation: string, state: Readonly<Ref<TimelineState>>): { atEnd: ShallowRef<boolean> } {
  const { conversations } = useChat();
  const atEnd = shallowRef(false);
  const focused = useWindowFocus();
  const visibility = useDocumentVisibility();

  function seenSeq(): number {
    const { loaded, hasNewer, rows } = state.value;
    if (!atEnd.value || !focused.value || visibility.value !== "visible" || !loaded || hasNewer) return 0;
    return rows.findLast((row) => row.state === "stored")?.message.seq ?? 0;
  }
  watch(
    seenSeq,
    (seq) => {
      if (seq > 0) conversations.markSeen(conversation, seq);
    },
    { immediate: true },
  );
  return { atEnd };
}
