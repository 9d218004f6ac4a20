import type { ChatClient } from "@chat/client";
import { addressOf } from "@chat/client/conversation-id";

/** What others have written since the start where the person did not look. */
export interface Unseen {
  /** Messages in conversations other than this one. */
  elsewhere(address: string): number;
  /** Where the oldest of them is. */
  next(address: string): string | undefined;
  /** The person looks at this conversation now, or at none. */
  see(address: string | undefined): void;
  /** Calls back when a count grows. Returns what stops it. */
  listen(listener: () => void): () => void;
  close(): void;
}

/** Counts from the feed. */
export function createUnseen(options: { client: ChatClient; self: string }): Unseen {
  const { client, self } = options;
  const listeners = new Set<() => void>();
  /** In the order in which each got its first new message. */
  const counts = new Map<string, number>();
  let seen: string | undefined;
  const stop = client.feed.onEvent((event) => {
    const address = addressOf(event.conversation, self);
    if (event.kind !== "message-posted" || event.message.sender === self || address === seen) return;
    counts.set(address, (counts.get(address) ?? 0) + 1);
    listeners.forEach((listener) => listener());
  });
  const others = (address: string) => [...counts].filter(([other]) => other !== address);
  return {
    elsewhere: (address) => others(address).reduce((sum, [, count]) => sum + count, 0),
    next: (address) => others(address)[0]?.[0],
    see(address) {
      seen = address;
      if (address !== undefined) counts.delete(address);
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: stop,
  };
}
