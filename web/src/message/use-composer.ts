import type { ChatMessage } from "@chat/client";
import { textProblem } from "@chat/client/message-text";
import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from "vue";
import { describeError } from "../chat/describe-error.ts";
import { useChat } from "../chat/use-chat.ts";
import { codePointsLeft } from "./code-points-left.ts";

/** What is being written in one conversation: a message (kept as its draft), an answer, or the new text of a message. */
export interface Composer {
  readonly text: Ref<string>;
  readonly sendable: ComputedRef<boolean>;
  /** Code points that may still be written, negative where there are too many; undefined as long as it does not matter. */
  readonly left: ComputedRef<number | undefined>;
  /** Why the last message could not be taken. */
  readonly error: Ref<string | undefined>;
  /** Hands the text to the outbox. Does nothing where it cannot be sent. Resolves to whether something was sent or saved. */
  send(): Promise<boolean>;
}

/**
 * See {@link Composer}. The draft outlives page and tab, agrees in all tabs, and goes once the outbox has stored the message. While a
 * message is edited it waits, and comes back afterwards.
 */
export function useComposer(options: {
  conversation: string;
  replying: ShallowRef<ChatMessage | undefined>;
  editing: ShallowRef<ChatMessage | undefined>;
}): Composer {
  const { conversation, replying, editing } = options;
  const { drafts, outbox } = useChat();
  const draft = ref(drafts.get(conversation));
  const edited = shallowRef("");
  const error = ref<string>();
  const handedOver: string[] = [];
  const text = computed({
    get: () => (editing.value ? edited.value : draft.value),
    set: (value) => {
      if (editing.value) edited.value = value;
      else write(value);
    },
  });
  const sendable = computed(() => textProblem(text.value) === undefined);

  /** Until the outbox has stored what was sent, the draft is its only copy. */
  function keep(): void {
    drafts.set(conversation, [...handedOver, draft.value].filter((part) => part !== "").join("\n"));
  }
  function write(value: string): void {
    draft.value = value;
    keep();
  }
  const stop = drafts.onChange(() => {
    // Which conversation it was may be told by id or address: what is stored says it all.
    if (handedOver.length === 0) draft.value = drafts.get(conversation);
  });
  onScopeDispose(stop);

  watch(
    editing,
    (message) => {
      edited.value = message?.text ?? "";
      error.value = undefined;
    },
    { immediate: true, flush: "sync" },
  );

  async function save(message: ChatMessage): Promise<boolean> {
    const changed = edited.value.trimEnd();
    if (changed === message.text) {
      editing.value = undefined;
      return false;
    }
    try {
      await outbox.add({ kind: "edit", seq: message.seq, text: changed });
    } catch (cause) {
      error.value = describeError(cause).message;
      return false;
    }
    editing.value = undefined;
    return true;
  }

  async function post(): Promise<boolean> {
    const sent = draft.value.trimEnd();
    const answered = replying.value;
    handedOver.push(sent);
    draft.value = "";
    replying.value = undefined;
    error.value = undefined;
    const reply = answered === undefined ? {} : { replyTo: answered.seq };
    const stored = await outbox.add({ kind: "send", conversation, text: sent, ...reply }).catch((cause: unknown) => {
      error.value = describeError(cause).message;
    });
    handedOver.splice(handedOver.indexOf(sent), 1);
    if (stored === undefined) {
      draft.value = draft.value === "" ? sent : `${sent}\n${draft.value}`;
      replying.value ??= answered;
    }
    keep();
    return stored !== undefined;
  }

  return {
    text,
    error,
    sendable,
    left: computed(() => codePointsLeft(text.value)),
    async send() {
      if (!sendable.value) return false;
      return editing.value ? save(editing.value) : post();
    },
  };
}
