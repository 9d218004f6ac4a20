import { atom } from "nanostores";
import { toClientError } from "../client-error.ts";
import { pendingRow, storedRow } from "../outbox/overlay.ts";
import { LIVE, type Range } from "../replica/ranges.ts";
import type { Replica } from "../replica/replica.ts";
import type { ChatMessage, OutboxItem, Timeline, TimelineRow, TimelineState } from "../types.ts";
import type { MessageLoader, PageOf } from "./load-messages.ts";

/** One view of a conversation: a window on the replica, with the outbox laid over. */
export interface TimelineView extends Timeline {
  /** Undefined until the server has said where the address leads. */
  readonly conversation: string | undefined;
  /** The replica or the outbox has changed. */
  update(): void;
}

/** What a view is made of. */
export interface TimelineSources {
  readonly replica: Replica;
  readonly loader: MessageLoader;
  /** The id behind an address. @throws ClientError `not_found` */
  locate(address: string): Promise<string>;
  /** The outbox's items on stored messages, by seq. */
  actions(): ReadonlyMap<number, readonly OutboxItem[]>;
  /** The outbox's messages for a conversation, in their order. */
  sends(address: string, conversation: string | undefined): readonly OutboxItem[];
}

const NO_ITEMS: readonly OutboxItem[] = [];

/**
 * A view stands at the end of the conversation or at a message, and shows the range that holds that place. A range that is not
 * known (at first, after a gap, after joining) is loaded; until then the last rows stay on the screen.
 */
export function createTimeline(address: string, sources: TimelineSources, onClose: () => void): TimelineView {
  const { replica, loader } = sources;
  const $state = atom<TimelineState>({
    address,
    rows: [],
    loaded: false,
    loading: false,
    hasOlder: false,
    hasNewer: false,
  });
  const rowOf = createRowMemo(() => replica.me);
  let conversation = replica.resolve(address);
  /** LIVE: the end. */
  let place = LIVE;
  let loads = 0;
  let error: TimelineState["error"];
  let mark = replica.mark(conversation ?? "");
  let closed = false;

  const range = (): Range | undefined =>
    conversation === undefined ? undefined : replica.rangeAt(conversation, place);

  const messagesIn = (part: Range): readonly ChatMessage[] =>
    conversation === undefined ? [] : replica.messages(conversation, part);

  function storedRows(messages: readonly ChatMessage[]): TimelineRow[] {
    const actions = sources.actions();
    return messages.map((message) => rowOf(message, actions.get(message.seq) ?? NO_ITEMS));
  }

  /** With the outbox's messages at the end. */
  function atEnd(stored: readonly TimelineRow[]): TimelineRow[] {
    const known = new Set(stored.map(({ key }) => key));
    const pending = sources
      .sends(address, conversation)
      .flatMap((item) => pendingRow(item, conversation ?? "", replica.me) ?? [])
      .filter(({ key }) => !known.has(key));
    return [...stored, ...pending];
  }

  function rows(shown: Range | undefined): TimelineRow[] {
    const stored = shown ? storedRows(messagesIn(shown)) : [];
    return shown && shown.to !== LIVE ? stored : atEnd(stored);
  }

  /** The last rows, with the own messages that were stored since. */
  function keptRows({ rows, hasNewer }: TimelineState): readonly TimelineRow[] {
    if (hasNewer) return rows;
    const stored = rows.filter(({ state }) => state === "stored");
    const keys = new Set(stored.map(({ key }) => key));
    const waited = new Set(rows.filter(({ state }) => state !== "stored").map(({ key }) => key));
    const sent = storedRows(messagesIn({ from: 0, to: LIVE })).filter(({ key }) => waited.has(key) && !keys.has(key));
    return atEnd([...stored, ...sent]);
  }

  function publish(): void {
    if (closed) return;
    const shown = range();
    const before = $state.get();
    // A gap is about to be loaded: what is on the screen stays until then.
    const keeps = !shown && before.loaded && !error;
    $state.set({
      address,
      rows: keeps ? keptRows(before) : rows(shown),
      loaded: shown !== undefined || keeps,
      loading: loads > 0,
      hasOlder: keeps ? before.hasOlder : shown !== undefined && shown.from > 0,
      hasNewer: keeps ? before.hasNewer : shown !== undefined && shown.to !== LIVE,
      ...(error && { error }),
    });
  }

  async function load(page: PageOf): Promise<void> {
    loads++;
    error = undefined;
    publish();
    try {
      conversation ??= await sources.locate(address);
      mark = replica.mark(conversation);
      await loader.load(conversation, page);
      // Nothing is there any more where the view stood.
      if (place !== LIVE && replica.mark(conversation) === mark && !range()) place = LIVE;
    } catch (cause) {
      const { code, message } = toClientError(cause);
      error = { code, message };
    } finally {
      loads--;
      update();
    }
  }

  /** Loads what the view stands on, where it is not known and nothing stands against it. */
  function update(): void {
    if (closed) return;
    conversation ??= replica.resolve(address);
    const now = replica.mark(conversation ?? "");
    if (now !== mark) {
      // Dropped, left or joined since: an error of before may have passed.
      mark = now;
      error = undefined;
    }
    if (!range() && loads === 0 && !error) return void load(pageAt(place));
    publish();
  }

  const view: TimelineView = {
    $state,
    get conversation() {
      return conversation;
    },
    update,
    async loadOlder() {
      const shown = range();
      if (shown && shown.from > 0 && loads === 0) await load({ at: "before", seq: shown.from });
    },
    async loadNewer() {
      const shown = range();
      if (shown && shown.to !== LIVE && loads === 0) await load({ at: "after", seq: shown.to });
    },
    async jumpTo(seq) {
      if (conversation !== undefined && replica.rangeAt(conversation, seq)) {
        place = seq;
        return publish();
      }
      await load({ at: "around", seq });
      if (conversation === undefined || !replica.rangeAt(conversation, seq)) return;
      place = seq;
      publish();
    },
    async jumpToEnd() {
      place = LIVE;
      if (range()) publish();
      else await load({ at: "newest" });
    },
    reload: () => load(pageAt(place)),
    close() {
      if (closed) return;
      closed = true;
      onClose();
    },
  };
  update();
  return view;
}

function pageAt(place: number): PageOf {
  return place === LIVE ? { at: "newest" } : { at: "around", seq: place };
}

/** The same row object while message and items are the same, so that screens redraw only what changed. */
function createRowMemo(me: () => number): (message: ChatMessage, items: readonly OutboxItem[]) => TimelineRow {
  const known = new WeakMap<ChatMessage, TimelineRow>();
  return (message, items) => {
    const before = known.get(message);
    const isSame = before?.items.length === items.length && before.items.every((item, at) => item === items[at]);
    if (before && isSame) return before;
    const row = storedRow(message, items, me());
    known.set(message, row);
    return row;
  };
}
