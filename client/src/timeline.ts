import { atom } from "nanostores";
import { toConversationId } from "./address.ts";
import { toClientError } from "./client-error.ts";
import type { FeedCore } from "./feed.ts";
import type { ChatEvent, ChatMessage, Messages, OutboxItem, TimelineRow, TimelineState } from "./types.ts";

const PAGE = 50;
/** How long a load waits for the stream to open first, so that nothing falls between the two. */
const OPEN_TIMEOUT_MS = 3_000;
/** Messages kept of a conversation that nobody looks at. */
const KEPT_CLOSED = 200;

/** The loaded messages of one conversation; the views on it share them. */
export interface TimelineCore {
  readonly $state: ReturnType<typeof atom<TimelineState>>;
  /** Canonical id. */
  readonly id: string;
  loadOlder(): Promise<void>;
  reload(): Promise<void>;
  apply(event: ChatEvent): void;
  /** A message that was stored, known before its event comes. */
  add(message: ChatMessage): void;
  /** The outbox has changed. */
  drawItems(items: readonly OutboxItem[]): void;
  /** What was loaded may lack what happened since: loads the newest page and drops what no longer adjoins it. */
  refresh(): Promise<void>;
  /** Nobody looks any more: lets go of what is far back. */
  trim(): void;
}

/** The timeline of a conversation as the person with this handle sees it. */
export function createTimeline(options: {
  address: string;
  handle: string;
  feed: FeedCore;
  messages: Messages;
  items: readonly OutboxItem[];
}): TimelineCore {
  const { address, handle, feed } = options;
  const id = toConversationId(address, handle);
  const $state = atom<TimelineState>({ address, rows: [], loaded: false, loading: false, hasOlder: false });
  /** Ascending by seq. */
  let messages: ChatMessage[] = [];
  let items = options.items.filter(({ to }) => to === address);
  let busy: Promise<void> | undefined;
  let isDrawing = false;

  function rows(): TimelineRow[] {
    const stored = new Set<string>();
    const drawn: TimelineRow[] = messages.map((message) => {
      if (message.sender === handle) stored.add(message.clientId);
      return { state: "sent", key: `${message.sender}/${message.clientId}`, message };
    });
    for (const item of items) {
      if (!stored.has(item.clientId)) drawn.push({ state: item.state, key: `${handle}/${item.clientId}`, item });
    }
    return drawn;
  }

  function draw(change: Partial<TimelineState> = {}): void {
    const { error: _, ...rest } = $state.get();
    $state.set({ ...rest, ...change, rows: rows() });
  }

  /** However much comes in one turn, it is drawn once. */
  function drawSoon(): void {
    if (isDrawing) return;
    isDrawing = true;
    queueMicrotask(() => {
      isDrawing = false;
      draw();
    });
  }

  function insert(message: ChatMessage): boolean {
    let at = messages.length;
    while (at > 0 && (messages[at - 1]?.seq ?? 0) > message.seq) at--;
    if (messages[at - 1]?.seq === message.seq) return false;
    messages.splice(at, 0, message);
    return true;
  }

  /** One load at a time. */
  function exclusively(run: () => Promise<void>): Promise<void> {
    const mine = (busy ?? Promise.resolve()).then(async () => {
      draw({ loading: true });
      try {
        await run();
        draw({ loading: false });
      } catch (cause) {
        const { code, message } = toClientError(cause);
        draw({ loading: false, error: { code, message } });
      }
    });
    busy = mine;
    void mine.then(() => {
      if (busy === mine) busy = undefined;
    });
    return mine;
  }

  const newest = (): Promise<void> =>
    exclusively(async () => {
      await feed.opened(OPEN_TIMEOUT_MS);
      const page = await options.messages.list({ conversation: address, limit: PAGE });
      const oldest = page.messages[0]?.seq ?? 0;
      const last = messages.at(-1)?.seq;
      // Between what was loaded before and this page there may be more than a page: a gap is never shown as continuous.
      const adjoins = last !== undefined && $state.get().loaded && (last >= oldest || !page.hasMore);
      const hasOlder = adjoins && (messages[0]?.seq ?? 0) < oldest ? $state.get().hasOlder : page.hasMore;
      const newer = messages.filter(({ seq }) => seq > (page.messages.at(-1)?.seq ?? 0));
      if (!adjoins) messages = newer;
      for (const message of page.messages) insert(message);
      draw({ loaded: true, hasOlder });
    });

  const core: TimelineCore = {
    $state,
    id,
    reload: newest,
    refresh: newest,
    async loadOlder() {
      const { loaded, loading, hasOlder } = $state.get();
      const before = messages[0]?.seq;
      if (!loaded || loading || !hasOlder || before === undefined) return;
      await exclusively(async () => {
        const page = await options.messages.list({ conversation: address, before, limit: PAGE });
        // The newest page may have been loaded anew meanwhile, and what was before it dropped.
        if (messages[0]?.seq !== before) return;
        messages = [...page.messages, ...messages];
        draw({ hasOlder: page.hasMore });
      });
    },
    apply(event) {
      if (event.kind === "message-posted") return core.add(event.message);
      if (event.actor !== handle) return;
      if (event.kind === "member-left") messages = [];
      if (event.kind !== "room-created") void newest();
    },
    add(message) {
      // Before the first page, what comes is remembered but not shown: what stands before it is not known.
      if (insert(message) && $state.get().loaded) drawSoon();
    },
    drawItems(all) {
      items = all.filter(({ to }) => to === address);
      drawSoon();
    },
    trim() {
      if (messages.length <= KEPT_CLOSED) return;
      messages = messages.slice(-KEPT_CLOSED);
      draw({ hasOlder: true });
    },
  };
  void newest();
  return core;
}
