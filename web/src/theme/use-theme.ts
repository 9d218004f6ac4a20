import { useLocalStorage } from "@vueuse/core";
import { computed, watchEffect, type WritableComputedRef } from "vue";

/** Colours as chosen: the system's, or always the same. */
export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** The chosen theme, kept in this browser (public/theme.js reads the same key before the first paint) and shared by its tabs. */
export function useTheme(): WritableComputedRef<Theme> {
  const stored = useLocalStorage("chat.theme", "system");
  const theme = computed<Theme>({
    get: () => THEMES.find((name) => name === stored.value) ?? "system",
    set: (name) => {
      stored.value = name;
    },
  });
  watchEffect(() => {
    if (theme.value === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme.value;
  });
  return theme;
}
