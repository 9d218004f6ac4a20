import type { ChatMessage, TimelineRow } from "@chat/client";
import { useMediaQuery } from "@vueuse/core";
import type { Ref } from "vue";
import { useOwnUser } from "../session/use-own-user.ts";
import { composerKey } from "./composer-keys.ts";
import { useMessageActions } from "./use-message-actions.ts";

/**
 * What keys do in the composer: Enter sends (on a touch screen it breaks the line), ↑ in an empty field edits one's last message,
 * Esc leaves the edit or the answer. Enter on an edit without text asks whether to delete the message.
 */
export function useComposerKeys(options: {
  text: Ref<string>;
  rows: () => readonly TimelineRow[];
  send: () => void;
}): (event: KeyboardEvent) => void {
  const { text, rows, send } = options;
  const actions = useMessageActions();
  const own = useOwnUser();
  const touch = useMediaQuery("(hover: none) and (pointer: coarse)");

  const rowOf = (message: ChatMessage): TimelineRow | undefined =>
    rows().find((row) => row.state === "stored" && row.message.seq === message.seq);
  const rectOf = ({ currentTarget }: Event): DOMRect =>
    currentTarget instanceof Element ? currentTarget.getBoundingClientRect() : new DOMRect();

  function enter(event: KeyboardEvent): void {
    const row = actions.editing.value && text.value.trim() === "" ? rowOf(actions.editing.value) : undefined;
    if (row === undefined) send();
    else actions.run("delete", row, rectOf(event));
  }

  function editLast(): boolean {
    if (text.value !== "" || actions.editing.value !== undefined) return false;
    const last = rows().findLast((row) => row.message.sender === own.value.id && actions.allowed(row).includes("edit"));
    if (last) actions.editing.value = last.message;
    return last !== undefined;
  }

  function escape(): boolean {
    const one = [actions.editing, actions.replying].find(({ value }) => value !== undefined);
    if (one) one.value = undefined;
    return one !== undefined;
  }

  return (event) => {
    const key = composerKey(event, touch.value);
    if (key === "type") return;
    if (key === "edit-last" && !editLast()) return;
    if (key === "cancel" && !escape()) return;
    if (key === "send") enter(event);
    event.preventDefault();
    event.stopPropagation();
  };
}
