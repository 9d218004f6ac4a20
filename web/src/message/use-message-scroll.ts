import type { Virtualizer } from "@tanstack/vue-virtual";
import { useEventListener, useResizeObserver } from "@vueuse/core";
import { computed, shallowRef, watch, type Ref, type ShallowRef } from "vue";
import { countNew, newestSeq, type MessageView } from "./group-messages.ts";
import { useVirtualRows } from "./use-virtual-rows.ts";

/** Nearer than this to the end counts as being there. */
const AT_END_PX = 48;
/** Older messages are asked for before the first one comes into sight. */
const LOAD_OLDER_WITHIN_PX = 800;
const OVERSCAN = 8;
const LINE_PX = 22;
const LINE_CHARS = 64;
const ROW_PX = 40;

/** How the list of messages scrolls. */
export interface MessageScroll {
  readonly virtualizer: Readonly<Ref<Virtualizer<HTMLElement, HTMLElement>>>;
  /** The newest message is in sight, and stays so. */
  readonly atEnd: Readonly<ShallowRef<boolean>>;
  /** The oldest loaded message is near. */
  readonly nearStart: Readonly<ShallowRef<boolean>>;
  /** Messages of others that came since the end was last in sight. */
  readonly newCount: Readonly<Ref<number>>;
  toEnd(): void;
}

/**
 * At the end the list sticks to it; scrolled up it never moves by itself: what comes is counted, and older messages go in above while
 * the first message in sight keeps its place.
 */
export function useMessageScroll(
  scroller: Readonly<Ref<HTMLElement | null>>,
  views: Readonly<Ref<readonly MessageView[]>>,
): MessageScroll {
  const atEnd = shallowRef(true);
  const nearStart = shallowRef(false);
  const seen = shallowRef(0);

  const virtualizer = useVirtualRows(
    scroller,
    computed(() => {
      const rows = views.value;
      return {
        count: rows.length,
        getItemKey: (index: number) => rows[index]?.key ?? index,
        estimateSize: (index: number) => ROW_PX + LINE_PX * Math.floor((rows[index]?.text.length ?? 0) / LINE_CHARS),
        overscan: OVERSCAN,
        anchorTo: "end" as const,
        followOnAppend: true,
        scrollEndThreshold: AT_END_PX,
        paddingStart: 8,
        paddingEnd: 12,
      };
    }),
  );

  function look(): void {
    const element = scroller.value;
    if (!element || views.value.length === 0) return;
    atEnd.value = element.scrollHeight - element.scrollTop - element.clientHeight <= AT_END_PX;
    nearStart.value = element.scrollTop <= LOAD_OLDER_WITHIN_PX;
  }

  function toEnd(): void {
    atEnd.value = true;
    virtualizer.value.scrollToEnd();
  }

  useEventListener(scroller, "scroll", look, { passive: true });
  // The composer grows, a keyboard opens, a banner comes: the end stays in sight.
  useResizeObserver(scroller, () => {
    if (atEnd.value) toEnd();
    look();
  });
  watch(
    [views, atEnd],
    () => {
      if (atEnd.value) seen.value = Math.max(seen.value, newestSeq(views.value));
    },
    { immediate: true },
  );
  // The first rows, and what one has just sent oneself, are always shown.
  watch(
    () => views.value.at(-1),
    (last, before) => {
      const sentNow = last !== undefined && last.own && last.row.state !== "sent" && last.key !== before?.key;
      if (last !== undefined && (before === undefined || sentNow)) toEnd();
    },
    { immediate: true, flush: "post" },
  );
  watch(views, look, { flush: "post" });

  return { virtualizer, atEnd, nearStart, newCount: computed(() => countNew(views.value, seen.value)), toEnd };
}
