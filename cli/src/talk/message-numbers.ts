import type { ChatMessage } from "@chat/client";
import type { MessageNumbers } from "../talk-context.ts";

/** Numbers of one conversation, counted up in the order in which messages come on the screen. */
export function createMessageNumbers(): MessageNumbers {
  const numbers = new Map<number, number>();
  const seqs: number[] = [];
  const shown = new Map<number, ChatMessage>();
  const at = (number: number) => {
    const seq = seqs[number - 1];
    return seq === undefined ? undefined : shown.get(seq);
  };
  return {
    put(message) {
      shown.set(message.seq, message);
      const present = numbers.get(message.seq);
      if (present !== undefined) return present;
      const number = seqs.push(message.seq);
      numbers.set(message.seq, number);
      return number;
    },
    at,
    numberOf: (seq) => numbers.get(seq),
    get: (seq) => shown.get(seq),
    newest: (satisfies) =>
      [...shown.values()].filter(satisfies).reduce<ChatMessage | undefined>(
        // Older messages may have come on the screen later.
        (newest, message) => (newest === undefined || message.seq > newest.seq ? message : newest),
        undefined,
      ),
  };
}
