import { createSharedComposable } from "@vueuse/core";
import type { find } from "linkifyjs";
import { computed, shallowRef, type ComputedRef } from "vue";
import { linkify, mayHoldLink, type TextPart } from "./linkify.ts";

const useLinkFinder = createSharedComposable(() => {
  const finder = shallowRef<typeof find>();
  let asked = false;
  function ask(): void {
    if (asked) return;
    asked = true;
    import("linkifyjs").then(
      (module) => (finder.value = module.find),
      () => {
        // Links stay text until the next page load: they can still be copied.
      },
    );
  }
  return { finder, ask };
});

/** The text in plain runs and links. */
export function useLinkify(text: () => string): ComputedRef<TextPart[]> {
  const { finder, ask } = useLinkFinder();
  return computed(() => {
    if (!mayHoldLink(text())) return [{ text: text() }];
    if (finder.value) return linkify(text(), finder.value);
    ask();
    return [{ text: text() }];
  });
}
