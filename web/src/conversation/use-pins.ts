import type { ChatMessage } from "@chat/client";
import { useStore } from "@nanostores/vue";
import { computed, onScopeDispose, shallowRef, type ComputedRef, type ShallowRef } from "vue";
import { describeError } from "../chat/describe-error.ts";
import { useChat } from "../chat/use-chat.ts";

/** The pinned messages of a conversation, newest first, as they are now. */
export interface Pins {
  /** Undefined until the first answer. */
  readonly pins: ComputedRef<readonly ChatMessage[] | undefined>;
  readonly error: Readonly<ShallowRef<string | undefined>>;
  load(): Promise<void>;
}

/** See {@link Pins}. Asked for once; then the stream's rows are put in, and what the outbox is about to unpin is left out. */
export function usePins(conversation: string): Pins {
  const { feed, messages, outbox } = useChat();
  const stored = shallowRef<readonly ChatMessage[]>();
  const error = shallowRef<string>();
  const items = useStore(outbox.$items);

  async function load(): Promise<void> {
    error.value = undefined;
    try {
      stored.value = await messages.pins(conversation);
    } catch (cause) {
      error.value = describeError(cause).message;
    }
  }
  const stop = feed.onChange((change) => {
    if (change.row !== "message" || stored.value === undefined) return;
    const { message } = change;
    const known = stored.value.some(({ seq }) => seq === message.seq);
    if (known) {
      stored.value = stored.value.flatMap((each) => {
        if (each.seq !== message.seq) return [each];
        return message.pinned ? [message] : [];
      });
    } else if (change.cause === "message-pinned") void load();
  });
  onScopeDispose(stop);
  void load();

  const pins = computed(() =>
    stored.value?.filter(
      ({ seq }) =>
        !items.value.some(({ action, state }) => action.kind === "unpin" && action.seq === seq && state !== "failed"),
    ),
  );
  return { pins, error, load };
}
