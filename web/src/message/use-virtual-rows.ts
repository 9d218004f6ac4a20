import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type VirtualizerOptions,
} from "@tanstack/vue-virtual";
import { onScopeDispose, shallowRef, triggerRef, watch, type Ref, type ShallowRef } from "vue";

type ListVirtualizer = Virtualizer<HTMLElement, HTMLElement>;
type Observers = "observeElementRect" | "observeElementOffset" | "scrollToFn" | "getScrollElement";

/**
 * The virtualizer of a list whose rows come and go at both ends. Unlike the library's own composable it lets the page be drawn before it
 * writes the scroll position: with rows put in above, the place to go to does not exist any earlier, and the browser would cut it short.
 */
export function useVirtualRows(
  scroller: Readonly<Ref<HTMLElement | null>>,
  options: Readonly<Ref<Omit<VirtualizerOptions<HTMLElement, HTMLElement>, Observers>>>,
): Readonly<ShallowRef<ListVirtualizer>> {
  const full = (): VirtualizerOptions<HTMLElement, HTMLElement> => ({
    ...options.value,
    getScrollElement: () => scroller.value,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => triggerRef(state),
  });
  const virtualizer: ListVirtualizer = new Virtualizer(full());
  const state = shallowRef(virtualizer);

  watch(options, () => {
    virtualizer.setOptions(full());
    triggerRef(state);
  });
  watch([state, scroller], () => virtualizer._willUpdate(), { flush: "post", immediate: true });
  onScopeDispose(virtualizer._didMount());
  return state;
}
