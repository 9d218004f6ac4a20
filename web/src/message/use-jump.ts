import type { TimelineState } from "@chat/client";
import { useTimeoutFn } from "@vueuse/core";
import { shallowRef, watch, type Ref, type ShallowRef } from "vue";
import { useMessageActions } from "./use-message-actions.ts";

const MARKED_FOR_MS = 2_500;

/** Brings the message that was jumped to into sight as soon as it is among the rows, and marks it for a moment. */
export function useJump(
  state: Readonly<Ref<TimelineState>>,
  show: (seq: number) => boolean,
): { readonly marked: Readonly<ShallowRef<number | undefined>> } {
  const { jumped } = useMessageActions();
  const marked = shallowRef<number>();
  const wanted = shallowRef<number>();
  const fade = useTimeoutFn(() => (marked.value = undefined), MARKED_FOR_MS, { immediate: false });

  watch(
    jumped,
    (jump) => {
      wanted.value = jump?.seq;
    },
    { immediate: true },
  );
  watch(
    [wanted, () => state.value.rows, () => jumped.value],
    () => {
      if (wanted.value === undefined || !show(wanted.value)) return;
      marked.value = wanted.value;
      wanted.value = undefined;
      fade.start();
    },
    { immediate: true, flush: "post" },
  );
  return { marked };
}
