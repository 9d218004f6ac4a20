import type { ChatMessage, TimelineState } from "@chat/client";
import { computed, inject, onScopeDispose, shallowReactive, type InjectionKey, type Ref } from "vue";
import { useChat } from "../chat/use-chat.ts";

/** Messages that others answer, by seq: `loading`, `unknown` where the message cannot be had, else as it stands now. */
export interface Quotes {
  get(seq: number): ChatMessage | "loading" | "unknown";
}

export const QUOTES: InjectionKey<Quotes> = Symbol("quotes");

/** See {@link Quotes}. From the loaded rows where it is among them, else asked of the SDK, once a message. */
export function useQuotes(state: Readonly<Ref<TimelineState>>): Quotes {
  const { feed, messages } = useChat();
  const loaded = computed(() => new Map(state.value.rows.map(({ message }) => [message.seq, message])));
  const asked = shallowReactive(new Map<number, ChatMessage | "loading" | "unknown">());

  function ask(seq: number): "loading" {
    asked.set(seq, "loading");
    messages.get(seq).then(
      (message) => asked.set(seq, message),
      () => asked.set(seq, "unknown"),
    );
    return "loading";
  }
  const stop = feed.onChange((change) => {
    if (change.row === "message" && asked.has(change.message.seq)) asked.set(change.message.seq, change.message);
  });
  onScopeDispose(stop);
  return { get: (seq) => loaded.value.get(seq) ?? asked.get(seq) ?? ask(seq) };
}

/** The quotes of the open conversation. @throws Error outside one */
export function useQuote(): Quotes {
  const quotes = inject(QUOTES);
  if (!quotes) throw new Error("no quotes provided");
  return quotes;
}
