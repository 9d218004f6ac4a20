import { useStore } from "@nanostores/vue";
import { useEventListener } from "@vueuse/core";
import { useRoute, useRouter } from "vue-router";
import { useChat } from "../chat/use-chat.ts";
import { isTyping, neighbour, shortcutOf, type Shortcut } from "./shortcuts.ts";
import type { Shell } from "./use-shell.ts";

/** Listens for the shortcuts of the page as long as the component lives. An open dialog keeps the keyboard to itself. */
export function useShortcuts(shell: Shell): void {
  const route = useRoute();
  const router = useRouter();
  const list = useStore(useChat().conversations.$state);

  function move(step: 1 | -1, unseenOnly: boolean): void {
    const present = typeof route.params["address"] === "string" ? route.params["address"] : undefined;
    const addresses = list.value.conversations
      .filter(({ address, unseen }) => !unseenOnly || address === present || unseen > 0)
      .map(({ address }) => address);
    const address = neighbour(addresses, present, step);
    if (address !== undefined) void router.push({ name: "conversation", params: { address } });
  }

  const actions: Readonly<Record<Shortcut, () => void>> = {
    switch: () => shell.open("switcher"),
    help: () => shell.open("shortcuts"),
    previous: () => move(-1, false),
    next: () => move(1, false),
    "previous-unseen": () => move(-1, true),
    "next-unseen": () => move(1, true),
  };

  useEventListener(window, "keydown", (event) => {
    if (event.defaultPrevented) return;
    const shortcut = shortcutOf(event, isTyping(document.activeElement));
    if (shortcut === undefined) return;
    event.preventDefault();
    if (shell.dialog.value === undefined) actions[shortcut]();
  });
}
