import type { OutboxItem, Timeline, TimelineRow, TimelineState } from "@chat/client";
import { atom, type ReadableAtom } from "nanostores";
import { fakeMessage } from "./fake-data.ts";
import { createFakeError } from "./fake-error.ts";
import { withAction, type FakeStore } from "./fake-store.ts";

const PAGE = 50;

/** The rows of stored messages and of what waits in the outbox, the latter laid over the former. */
export function fakeRows(store: FakeStore, id: string, items: readonly OutboxItem[]): TimelineRow[] {
  const rows = store.$messages
    .get()
    .filter((message) => message.conversation === id)
    .map((stored): TimelineRow => {
      const own = items.filter(({ action }) => "seq" in action && action.seq === stored.seq);
      let message = stored;
      for (const { action, state, createdAt } of own) {
        if (state !== "failed" && "seq" in action) message = withAction(message, action, store.ownId, createdAt);
      }
      return { key: `${String(stored.sender)}:${stored.clientId}`, message, state: "stored", items: own };
    });
  for (const item of items) {
    const { action, clientId, createdAt, state } = item;
    if (action.kind !== "send" || store.resolve(action.conversation) !== id) continue;
    const { text, replyTo } = action;
    const reply = replyTo === undefined ? {} : { replyTo };
    const sentAt = createdAt;
    const message = fakeMessage({ seq: 0, conversation: id, sender: store.ownId, text, sentAt, clientId, ...reply });
    rows.push({ key: `${String(store.ownId)}:${clientId}`, message, state, items: [item] });
  }
  return rows;
}

/** The fake client's view of one conversation: a part of it without a gap, at first the newest page. */
export function fakeTimeline(options: {
  address: string;
  store: FakeStore;
  $items: ReadableAtom<readonly OutboxItem[]>;
  answer: <T>(name: string, value: () => T) => Promise<T>;
}): Timeline {
  const { address, store, $items, answer } = options;
  const empty = { rows: [], loaded: false, loading: true, hasOlder: false, hasNewer: false };
  const $state = atom<TimelineState>({ address, ...empty });
  const all = (): TimelineRow[] => fakeRows(store, store.resolve(address) ?? "", $items.get());
  const count = (): number => all().filter(({ state }) => state === "stored").length;
  /** The part that is shown: from, and up to (undefined: to the end). */
  let part: { from: number; to: number | undefined } | undefined;

  function draw(change: Partial<TimelineState> = {}): void {
    const rows = part === undefined ? all().slice(count()) : all().slice(part.from, part.to);
    const ends = { hasOlder: (part?.from ?? 0) > 0, hasNewer: part?.to !== undefined };
    $state.set({ ...$state.get(), rows, ...ends, ...change });
  }

  async function load(name: string, next: () => typeof part): Promise<void> {
    draw({ loading: true });
    try {
      await answer(name, () => (part = next()));
      draw({ loaded: true, loading: false });
    } catch (cause) {
      const { code, message } = cause as ReturnType<typeof createFakeError>;
      draw({ loading: false, error: { code, message } });
    }
  }
  const toEnd = () => load("timeline.load", () => ({ from: Math.max(0, count() - PAGE), to: undefined }));

  const unbind = [store.$messages.listen(() => draw()), $items.listen(() => draw())];
  void toEnd();
  return {
    $state,
    loadOlder: () => load("timeline.loadOlder", () => part && { ...part, from: Math.max(0, part.from - PAGE) }),
    loadNewer: () =>
      load("timeline.loadNewer", () => {
        const to = (part?.to ?? count()) + PAGE;
        return part && { ...part, to: to >= count() ? undefined : to };
      }),
    jumpTo: (seq) =>
      load("timeline.jumpTo", () => {
        const index = all().findIndex(({ message }) => message.seq === seq);
        if (index === -1) throw createFakeError("not_found", "There is no such message");
        if (part && index >= part.from && index < (part.to ?? count())) return part;
        const to = index + PAGE / 2;
        return { from: Math.max(0, index - PAGE / 2), to: to >= count() ? undefined : to };
      }),
    jumpToEnd: toEnd,
    reload: toEnd,
    close: () => {
      for (const stop of unbind) stop();
    },
  };
}
