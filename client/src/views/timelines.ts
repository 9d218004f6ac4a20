import { actionsBySeq } from "../outbox/overlay.ts";
import type { OutboxCore } from "../outbox/outbox.ts";
import { LIVE } from "../replica/ranges.ts";
import type { Replica } from "../replica/replica.ts";
import type { OutboxItem, Timeline } from "../types.ts";
import type { MessageLoader } from "./load-messages.ts";
import { createTimeline, type TimelineView } from "./timeline.ts";

/** Conversations whose newest messages stay when they leave the screen, so that coming back shows them at once. */
const KEPT_CONVERSATIONS = 50;
/** How many messages each of them keeps. */
const KEPT_MESSAGES = 200;

/** Hands out views and keeps the open ones in step with replica and outbox. */
export interface Timelines {
  open(address: string): Timeline;
  close(): void;
}

/** Views of all conversations. What nobody views is trimmed: the last viewed conversations keep some messages, the others one for the list. */
export function createTimelines(options: {
  replica: Replica;
  outbox: OutboxCore;
  loader: MessageLoader;
  locate: (address: string) => Promise<string>;
}): Timelines {
  const { replica, outbox, loader, locate } = options;
  const views = new Set<TimelineView>();
  /** Viewed before, the latest last. */
  const viewed = new Set<string>();
  let actions = actionsBySeq([]);
  let isDue = false;

  replica.keep = (conversation) => {
    for (const view of views) if (view.conversation === conversation) return LIVE;
    return viewed.has(conversation) ? KEPT_MESSAGES : 1;
  };

  function remember(conversation: string | undefined): void {
    if (conversation === undefined) return;
    viewed.delete(conversation);
    viewed.add(conversation);
    const [oldest] = viewed;
    if (viewed.size > KEPT_CONVERSATIONS && oldest !== undefined) {
      viewed.delete(oldest);
      replica.touch(oldest);
    }
    replica.touch(conversation);
  }

  const isSend = ({ action }: OutboxItem): boolean => action.kind === "send";
  function sends(address: string, conversation: string | undefined): readonly OutboxItem[] {
    const isHere = ({ queue }: OutboxItem): boolean =>
      queue === address || (conversation !== undefined && (replica.resolve(queue) ?? queue) === conversation);
    return outbox.$items.get().filter((item) => isSend(item) && isHere(item));
  }

  const stopListening = [
    replica.listen(({ conversations, users }) => {
      for (const view of views) {
        const { conversation } = view;
        // Without an id it waits for people and rooms to get known; a replica that dropped everything says `users`.
        if (users || conversation === undefined || conversations.has(conversation)) view.update();
      }
    }),
    outbox.$items.listen((items) => {
      actions = actionsBySeq(items);
      if (isDue) return;
      isDue = true;
      // With what changes in the replica in the same turn: a message that was stored and its item that goes are one change.
      queueMicrotask(() => {
        isDue = false;
        for (const view of views) view.update();
      });
    }),
  ];

  return {
    open(address) {
      const sources = { replica, loader, locate, sends, actions: () => actions };
      const view: TimelineView = createTimeline(address, sources, () => {
        views.delete(view);
        remember(view.conversation);
      });
      views.add(view);
      return view;
    },
    close() {
      for (const stop of stopListening) stop();
      views.clear();
    },
  };
}
