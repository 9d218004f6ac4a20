import { createSharedComposable, useLocalStorage } from "@vueuse/core";
import { computed } from "vue";

/** The skin tones, as one chooses them: none (yellow), then light to dark. */
export const SKIN_TONES = [
  { tone: 0, label: "No skin tone", sample: "✋" },
  { tone: 1, label: "Light", sample: "✋🏻" },
  { tone: 2, label: "Medium-light", sample: "✋🏼" },
  { tone: 3, label: "Medium", sample: "✋🏽" },
  { tone: 4, label: "Medium-dark", sample: "✋🏾" },
  { tone: 5, label: "Dark", sample: "✋🏿" },
] as const;

/** The chosen skin tone, an index of {@link SKIN_TONES}, kept in this browser. */
export const useSkinTone = createSharedComposable(() => {
  const stored = useLocalStorage("chat.skin-tone", 0);
  return computed<number>({
    get: () => (stored.value in SKIN_TONES ? stored.value : 0),
    set: (tone) => (stored.value = tone),
  });
});
