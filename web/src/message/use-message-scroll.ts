import type { Virtualizer } from "@tanstack/vue-virtual";
import { useEventListener, useResizeObserver } from "@vueuse/core";
import { computed, shallowRef, watch, type Ref, type ShallowRef } from "vue";
import { countNew, newestSeq, type TimelineView } from "./lay-out-timeline.ts";
import { useVirtualRows } from "./use-virtual-rows.ts";

/** Nearer than this to the end counts as being there. */
const AT_END_PX = 48;
/** Older and newer messages are asked for before the first or last one comes into sight. */
const LOAD_WITHIN_PX = 800;
const OVERSCAN = 8;
const LINE_PX = 22;
const LINE_CHARS = 64;
const ROW_PX = 40;
const EXTRA_PX = 34;

/** How the list of messages scrolls. */
export interface MessageScroll {
  readonly virtualizer: Readonly<Ref<Virtualizer<HTMLElement, HTMLElement>>>;
  /** The newest message is in sight, and stays so. */
  readonly atEnd: Readonly<ShallowRef<boolean>>;
  /** The oldest loaded message is near. */
  readonly nearStart: Readonly<ShallowRef<boolean>>;
  /** The newest loaded message is near. */
  readonly nearEnd: Readonly<ShallowRef<boolean>>;
  /** Messages of others that came since the end was last in sight. */
  readonly newCount: Readonly<Ref<number>>;
  toEnd(): void;
  /** Brings the row with this index to the middle. */
  toIndex(index: number): void;
}

/**
 * At the end the list sticks to it; scrolled up it never moves by itself: what comes is counted, and older messages go in above while
 * the first message in sight keeps its place. Where newer messages are not loaded (`hasNewer`), the last row is not the end.
 */
export function useMessageScroll(
  scroller: Readonly<Ref<HTMLElement | null>>,
  views: Readonly<Ref<readonly TimelineView[]>>,
  hasNewer: Readonly<Ref<boolean>>,
): MessageScroll {
  const atEnd = shallowRef(true);
  const nearStart = shallowRef(false);
  const nearEnd = shallowRef(false);
  const seen = shallowRef(0);
  let height = 0;
  /** While a row is being brought into sight nothing else moves the list. */
  let aimed = false;

  const virtualizer = useVirtualRows(
    scroller,
    computed(() => {
      const rows = views.value;
      const sticks = !hasNewer.value;
      return {
        count: rows.length,
        getItemKey: (index: number) => rows[index]?.key ?? index,
        estimateSize: (index: number) => estimate(rows[index]),
        overscan: OVERSCAN,
        anchorTo: "end" as const,
        followOnAppend: sticks,
        scrollEndThreshold: AT_END_PX,
        paddingStart: 8,
        paddingEnd: 12,
      };
    }),
  );

  function look(): void {
    const element = scroller.value;
    if (!element || views.value.length === 0) return;
    const { scrollHeight, scrollTop, clientHeight } = element;
    const below = scrollHeight - scrollTop - clientHeight;
    // A pane that has just changed its height has not moved: the observer below puts the end back into sight.
    const resized = height !== 0 && height !== clientHeight;
    if (!resized || !atEnd.value) atEnd.value = below <= AT_END_PX && !hasNewer.value;
    height = clientHeight;
    nearStart.value = scrollTop <= LOAD_WITHIN_PX;
    nearEnd.value = below <= LOAD_WITHIN_PX;
  }

  function toEnd(): void {
    aimed = false;
    atEnd.value = !hasNewer.value;
    virtualizer.value.scrollToEnd();
  }

  function toIndex(index: number): void {
    aimed = true;
    atEnd.value = false;
    virtualizer.value.scrollToIndex(index, { align: "center" });
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
      if (last === undefined || (before === undefined && aimed)) return;
      const own = last.kind === "message" && last.own && last.row.state !== "stored";
      if (before === undefined || (own && last.key !== before.key)) toEnd();
    },
    { immediate: true, flush: "post" },
  );
  watch([views, hasNewer], look, { flush: "post" });

  const newCount = computed(() => (hasNewer.value ? 0 : countNew(views.value, seen.value)));
  return { virtualizer, atEnd, nearStart, nearEnd, newCount, toEnd, toIndex };
}

/** The height of a row before it is drawn, in pixels. */
function estimate(view: TimelineView | undefined): number {
  if (view?.kind !== "message") return ROW_PX;
  const { text, reactions, replyTo } = view.row.message;
  const extras = (reactions.length > 0 ? 1 : 0) + (replyTo === undefined ? 0 : 1);
  return ROW_PX + LINE_PX * Math.floor(text.length / LINE_CHARS) + EXTRA_PX * extras;
}
