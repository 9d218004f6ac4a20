import type { ChatMessage, OutboxItem, Timeline, TimelineRow, TimelineState } from "@chat/client";
import { atom, type ReadableAtom } from "nanostores";

const PAGE = 50;

/** The fake client's view of one conversation: the newest page, older ones on demand, then what waits in the outbox. */
export function fakeTimeline(options: {
  address: string;
  id: string;
  $messages: ReadableAtom<readonly ChatMessage[]>;
  $items: ReadableAtom<readonly OutboxItem[]>;
  answer: <T>(name: string, value: () => T) => Promise<T>;
}): Timeline {
  const { address, id, $messages, $items, answer } = options;
  const all = () => $messages.get().filter((message) => message.conversation === id);
  const $state = atom<TimelineState>({ address, rows: [], loaded: false, loading: true, hasOlder: false });
  let from: number | undefined;

  function draw(change: Partial<TimelineState> = {}): void {
    const messages = all();
    const rows: TimelineRow[] = messages
      .slice(from ?? messages.length)
      .map((message) => ({ state: "sent", key: message.clientId, message }));
    for (const item of $items.get()) {
      if (item.to === address) rows.push({ state: item.state, key: item.clientId, item });
    }
    $state.set({ ...$state.get(), rows, hasOlder: (from ?? 0) > 0, ...change });
  }

  async function load(): Promise<void> {
    draw({ loading: true });
    await answer("timeline.load", () => (from = Math.max(0, all().length - PAGE)));
    draw({ loaded: true, loading: false });
  }

  const unbind = [$messages.listen(() => draw()), $items.listen(() => draw())];
  void load();
  return {
    $state,
    async loadOlder() {
      if ($state.get().loading || !$state.get().hasOlder) return;
      draw({ loading: true });
      await answer("timeline.loadOlder", () => (from = Math.max(0, (from ?? 0) - PAGE)));
      draw({ loading: false });
    },
    reload: load,
    close: () => {
      for (const stop of unbind) stop();
    },
  };
}
