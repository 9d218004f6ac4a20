import type { TimelineRow } from "@chat/client";
import { onLongPress, useEventListener } from "@vueuse/core";
import type { Ref } from "vue";
import { messageKey } from "./message-action.ts";
import type { RowFocus } from "./use-row-focus.ts";
import { useMessageActions } from "./use-message-actions.ts";

const LONG_PRESS_MS = 500;
const MOVES: Readonly<Record<string, number>> = { ArrowUp: -1, ArrowDown: 1, Home: -Infinity, End: Infinity };

/**
 * Listens in the list for all its rows: right click and long press open the menu of a message, keys on a focused message act on it or move
 * on, and pointer and focus tell which message shows its tools. `row` finds the message of a key.
 */
export function useListGestures(
  scroller: Readonly<Ref<HTMLElement | null>>,
  focus: RowFocus,
  row: (key: string) => TimelineRow | undefined,
): void {
  const actions = useMessageActions();

  function under(target: EventTarget | null): { key: string; row: TimelineRow; element: HTMLElement } | undefined {
    const element = target instanceof Element ? target.closest<HTMLElement>("[data-row]") : null;
    const key = element?.dataset["row"];
    const found = key === undefined ? undefined : row(key);
    return element && key !== undefined && found ? { key, row: found, element } : undefined;
  }

  useEventListener(scroller, "pointerover", (event) => {
    if (event.pointerType !== "touch") focus.near.value = under(event.target)?.key;
  });
  useEventListener(scroller, "pointerleave", () => (focus.near.value = undefined));
  useEventListener(scroller, "focusin", (event) => {
    const key = under(event.target)?.key;
    if (key === undefined) return;
    focus.active.value = key;
    focus.near.value = key;
  });
  useEventListener(scroller, "focusout", (event) => {
    if (under(event.relatedTarget) === undefined) focus.near.value = undefined;
  });

  useEventListener(scroller, "contextmenu", (event) => {
    const found = under(event.target);
    // A link keeps the browser's own menu; so does selected text.
    if (!found || (event.target instanceof Element && event.target.closest("a"))) return;
    if (!(getSelection()?.isCollapsed ?? true)) return;
    event.preventDefault();
    // The keyboard's menu key has no place of its own.
    const atPointer = event.button === 2 || event.clientX !== 0 || event.clientY !== 0;
    const anchor = atPointer ? new DOMRect(event.clientX, event.clientY, 0, 0) : found.element.getBoundingClientRect();
    actions.run("menu", found.row, anchor);
  });
  onLongPress(
    scroller,
    (event) => {
      const found = event.pointerType === "touch" ? under(event.target) : undefined;
      if (!found) return;
      swallowRelease();
      actions.run("menu", found.row, new DOMRect(event.clientX, event.clientY, 0, 0));
    },
    { delay: LONG_PRESS_MS },
  );

  useEventListener(scroller, "keydown", (event) => {
    const found = under(event.target);
    // Buttons and links in the message keep their keys.
    if (!found || event.target !== found.element) return;
    const step = event.altKey || event.ctrlKey || event.metaKey ? undefined : MOVES[event.key];
    const action = messageKey(event);
    if (step !== undefined) void focus.move(step);
    else if (action !== undefined) {
      const bubble = found.element.querySelector("[data-bubble]") ?? found.element;
      actions.run(action, found.row, bubble.getBoundingClientRect());
    } else return;
    event.preventDefault();
  });
}

/** The finger is still down: lifting it must not click on what is under it by then. */
function swallowRelease(): void {
  const over = new AbortController();
  const options = { capture: true, passive: false, signal: over.signal };
  window.addEventListener(
    "touchend",
    (event) => {
      event.preventDefault();
      over.abort();
    },
    options,
  );
  window.addEventListener("touchcancel", () => over.abort(), options);
}
