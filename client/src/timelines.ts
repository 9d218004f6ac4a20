import type { FeedCore } from "./feed.ts";
import type { OutboxCore } from "./outbox.ts";
import { createTimeline, type TimelineCore } from "./timeline.ts";
import type { ChatMessage, Messages, Timeline } from "./types.ts";

/** Conversations whose messages stay loaded when they leave the screen, so that coming back shows them at once. */
const KEPT = 50;

/** Hands out timelines and keeps the loaded ones in step. */
export interface Timelines {
  open(address: string, handle: string): Timeline;
  add(message: ChatMessage): void;
  clear(): void;
}

interface Entry {
  readonly core: TimelineCore;
  views: number;
}

/** One {@link TimelineCore} per conversation, shared by its views; the least recently used that nobody looks at goes first. */
export function createTimelines(options: { feed: FeedCore; outbox: OutboxCore; messages: Messages }): Timelines {
  const { feed, outbox } = options;
  const entries = new Map<string, Entry>();

  const inConversation = (id: string): TimelineCore | undefined => {
    for (const { core } of entries.values()) if (core.id === id) return core;
    return undefined;
  };

  feed.onEvent((event) => inConversation(event.conversation)?.apply(event));
  feed.onFresh(() => {
    for (const [address, { core, views }] of entries) {
      if (views > 0) void core.refresh();
      else entries.delete(address);
    }
  });
  outbox.$items.listen((items) => {
    for (const { core } of entries.values()) core.drawItems(items);
  });

  function evict(): void {
    for (const [address, { views }] of entries) {
      if (entries.size <= KEPT) return;
      if (views === 0) entries.delete(address);
    }
  }

  return {
    open(address, handle) {
      let entry = entries.get(address);
      entry ??= {
        core: createTimeline({ address, handle, feed, messages: options.messages, items: outbox.$items.get() }),
        views: 0,
      };
      // To the end: it is the most recently used.
      entries.delete(address);
      entries.set(address, entry);
      entry.views++;
      evict();
      const { core } = entry;
      const opened = entry;
      let isOpen = true;
      return {
        $state: core.$state,
        loadOlder: core.loadOlder,
        reload: core.reload,
        close() {
          if (!isOpen) return;
          isOpen = false;
          opened.views--;
          if (opened.views === 0) core.trim();
        },
      };
    },
    add: (message) => inConversation(message.conversation)?.add(message),
    clear: () => entries.clear(),
  };
}
