import { createSharedComposable, useLocalStorage } from "@vueuse/core";
import { computed } from "vue";

/** Offered until one has picked one's own. */
const COMMON = ["👍", "❤️", "😂", "🎉", "😮", "😢", "🙏", "👀"] as const;
const MOST = 24;

/** The emoji that were picked in this browser, newest first. */
export const useRecentEmoji = createSharedComposable(() => {
  const stored = useLocalStorage<string[]>("chat.recent-emoji", []);
  // Storage may hold anything.
  const recent = computed(() =>
    Array.isArray(stored.value) ? stored.value.filter((emoji) => typeof emoji === "string").slice(0, MOST) : [],
  );
  /** Recent ones, filled up with common ones. */
  const suggested = computed(() => [...new Set([...recent.value, ...COMMON])]);
  function remember(emoji: string): void {
    stored.value = [emoji, ...recent.value.filter((each) => each !== emoji)].slice(0, MOST);
  }
  return { recent, suggested, remember };
});
