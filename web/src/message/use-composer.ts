import { computed, ref, watch, type ComputedRef, type Ref } from "vue";
import { describeError } from "../chat/describe-error.ts";
import { useChat } from "../chat/use-chat.ts";
import { canSend, COUNTER_FROM, MESSAGE_LIMIT, messageLength } from "./composer-keys.ts";

/** What is being written in one conversation. */
export interface Composer {
  /** Kept as the conversation's draft. */
  readonly text: Ref<string>;
  readonly sendable: ComputedRef<boolean>;
  /** Code points that may still be written, negative where there are too many; undefined as long as it does not matter. */
  readonly left: ComputedRef<number | undefined>;
  /** Why the last message could not be taken. */
  readonly error: Ref<string | undefined>;
  /** Hands the text to the outbox. Does nothing where it cannot be sent. */
  send(): Promise<void>;
}

/** See {@link Composer}. The draft outlives page and tab, and goes once the outbox has stored the message. */
export function useComposer(address: string): Composer {
  const { drafts, outbox } = useChat();
  const text = ref(drafts.get(address));
  const error = ref<string>();
  const length = computed(() => messageLength(text.value));
  const handedOver: string[] = [];

  /** Until the outbox has stored what was sent, the draft is its only copy. */
  function keep(): void {
    drafts.set(address, [...handedOver, text.value].filter((part) => part !== "").join("\n"));
  }
  watch(text, keep, { flush: "sync" });

  async function send(): Promise<void> {
    if (!canSend(text.value)) return;
    const sent = text.value.trimEnd();
    handedOver.push(sent);
    text.value = "";
    error.value = undefined;
    const stored = await outbox.send(address, sent).catch((cause: unknown) => {
      error.value = describeError(cause).message;
    });
    handedOver.splice(handedOver.indexOf(sent), 1);
    if (stored === undefined) text.value = text.value === "" ? sent : `${sent}\n${text.value}`;
    keep();
  }

  return {
    text,
    error,
    sendable: computed(() => canSend(text.value)),
    left: computed(() => (length.value >= COUNTER_FROM ? MESSAGE_LIMIT - length.value : undefined)),
    send,
  };
}
