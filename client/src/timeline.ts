import { atom } from "nanostores";
import { toConversationId } from "./conversation-id.ts";
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
  /** What came while it was not known what stands between it and `messages`; not drawn until that is loaded. */
  let arrived: ChatMessage[] = [];
  /** Whether nothing is missing between `messages` and what comes next; counts the times that this was in doubt. */
  let isContinuous = false;
  let doubts = 0;
  /** Loads of the newest page that are asked for and not done. */
  let loads = 0;
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

  function doubt(): void {
    isContinuous = false;
    doubts++;
  }

  /** Takes up what came meanwhile. Pending rows that were kept for it are no longer needed. */
  function admitArrived(after: number): void {
    const own = new Set(arrived.filter(({ sender }) => sender === handle).map(({ clientId }) => clientId));
    items = items.filter(({ clientId }) => !own.has(clientId));
    for (const message of arrived) if (message.seq > after) insert(message);
    arrived = [];
  }

  function insert(message: ChatMessage): boolean {
    // A feed that is catching up tells of what stands before the page: it comes with the older ones, without a gap.
    const first = messages[0]?.seq;
    if (first !== undefined && message.seq < first && $state.get().hasOlder) return false;
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

  async function loadNewest(): Promise<void> {
    await feed.opened(OPEN_TIMEOUT_MS);
    const mine = doubts;
    const last = messages.at(-1);
    const page = await options.messages.list({ conversation: address, limit: PAGE });
    const oldest = page.messages[0]?.seq ?? 0;
    // Where the page does not reach back to what was loaded, or that is of another log, it takes its place: a gap is never shown as continuous.
    const adjoins = page.messages.some(({ seq, clientId }) => seq === last?.seq && clientId === last.clientId);
    const hasOlder = adjoins && (messages[0]?.seq ?? 0) < oldest ? $state.get().hasOlder : page.hasMore;
    if (!adjoins) messages = [];
    messages = merged(page.messages, messages);
    if (mine === doubts) {
      isContinuous = true;
      admitArrived(page.messages.at(-1)?.seq ?? 0);
    }
    draw({ loaded: true, hasOlder });
  }

  /** Nothing more is known, and what came must not be withheld: it takes the place of what it may not adjoin. */
  function goOnWithout(): void {
    if (!$state.get().loaded || arrived.length === 0) return;
    if (!isContinuous) {
      messages = [];
      isContinuous = true;
      draw({ hasOlder: true });
    }
    admitArrived(0);
  }

  function newest(): Promise<void> {
    loads++;
    return exclusively(async () => {
      try {
        await loadNewest();
      } catch (error) {
        if (loads === 1) goOnWithout();
        throw error;
      } finally {
        loads--;
        // What came after the page was read adjoins it.
        if (loads === 0 && isContinuous) admitArrived(0);
      }
    });
  }

  const core: TimelineCore = {
    $state,
    id,
    reload: newest,
    refresh() {
      doubt();
      return newest();
    },
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
      if (event.kind !== "room-created") void core.refresh();
    },
    add(message) {
      if (loads > 0 || !isContinuous) arrived.push(message);
      else if (insert(message)) drawSoon();
    },
    drawItems(all) {
      const kept = items.filter(
        ({ clientId }) =>
          !all.some((item) => item.clientId === clientId) &&
          arrived.some((message) => message.sender === handle && message.clientId === clientId),
      );
      items = [...kept, ...all.filter(({ to }) => to === address)];
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

/** Both lists as one, ascending, each message once. */
function merged(one: readonly ChatMessage[], other: readonly ChatMessage[]): ChatMessage[] {
  const bySeq = new Map([...other, ...one].map((message) => [message.seq, message]));
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}
