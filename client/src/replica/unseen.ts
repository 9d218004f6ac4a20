import type { Environment } from "../environment.ts";
import { userPrefix, type ClientStorage } from "../storage/storage.ts";
import type { ChatMessage } from "../types.ts";
import type { Replica } from "./replica.ts";

/** More are not told apart. */
const COUNTED = 100;
/** What came is written this much later, so that a burst makes one write: tabs agree within a second. */
const WRITE_DELAY_MS = 400;

/** How far somebody has looked, per conversation, and which messages of others came since; shared by all on the storage. */
export interface Unseen {
  begin(me: number): void;
  count(conversation: string): number;
  /** A message row came by the feed, or stands in the list as a conversation's newest. */
  arrived(message: ChatMessage): void;
  /** The list was loaded; its newest message is that. On a first visit all of it counts as seen. */
  listed(newestSeq: number): void;
  /** Somebody looks at the conversation up to this message. The marker never goes back. */
  markSeen(conversation: string, seq: number): void;
  close(): void;
}

interface Marker {
  readonly seq: number;
  /** Messages of others above `seq`, ascending. */
  readonly unseen: readonly number[];
}

const NONE: Marker = { seq: 0, unseen: [] };

export function createUnseen(options: { storage: ClientStorage; replica: Replica; environment: Environment }): Unseen {
  const { storage, replica, environment } = options;
  const markers = new Map<string, Marker>();
  const unwritten = new Set<string>();
  let prefix: string | undefined;
  /** Up to there everything counts as seen: the first visit began there. */
  let baseline: number | undefined;
  let timer: unknown;

  const of = (conversation: string): Marker => markers.get(conversation) ?? NONE;

  function set(conversation: string, { seq, unseen }: Marker): void {
    const above = [...new Set(unseen)].filter((each) => each > seq && !replica.message(each)?.deleted);
    const next = { seq, unseen: above.sort((one, other) => one - other).slice(-COUNTED) };
    if (isSame(next, of(conversation))) return;
    markers.set(conversation, next);
    replica.touch(conversation);
  }

  /** What another client of the storage knows, together with what is known here. */
  function merge(conversation: string, value: unknown): void {
    const stored = toMarker(value);
    const known = of(conversation);
    set(conversation, {
      seq: Math.max(stored.seq, known.seq),
      unseen: [...stored.unseen, ...known.unseen],
    });
  }

  function write(): void {
    environment.timers.clearTimeout(timer);
    timer = undefined;
    if (prefix === undefined) return;
    for (const conversation of unwritten) {
      const key = prefix + conversation;
      merge(conversation, storage.get(key));
      if (!isSame(of(conversation), toMarker(storage.get(key)))) store(key, of(conversation));
    }
    unwritten.clear();
  }

  function store(key: string, value: unknown): void {
    storage
      .set(key, value)
      .catch((error: unknown) => environment.logger.warn("marker not stored", { error: String(error) }));
  }

  function setBaseline(seq: number): void {
    if (prefix === undefined || baseline !== undefined) return;
    baseline = seq;
    store(prefix, seq);
  }

  const stopListening = storage.onChange((key, value) => {
    if (prefix === undefined || !key.startsWith(prefix)) return;
    if (key === prefix) baseline ??= typeof value === "number" ? value : undefined;
    else if (value !== undefined) merge(key.slice(prefix.length), value);
  });

  return {
    begin(me) {
      markers.clear();
      unwritten.clear();
      environment.timers.clearTimeout(timer);
      timer = undefined;
      prefix = me === 0 ? undefined : `${userPrefix(me)}seen/`;
      baseline = undefined;
      if (prefix === undefined) return;
      for (const key of storage.keys(prefix)) {
        const value = storage.get(key);
        if (key !== prefix) markers.set(key.slice(prefix.length), toMarker(value));
        else if (typeof value === "number") baseline = value;
      }
    },
    count: (conversation) => of(conversation).unseen.length,
    arrived(message) {
      if (message.sender === replica.me) return;
      setBaseline(message.seq - 1);
      const { seq, unseen } = of(message.conversation);
      const isKnown = unseen.includes(message.seq);
      if (message.seq <= Math.max(seq, baseline ?? 0) || (!isKnown && message.deleted)) return;
      if (isKnown && !message.deleted) return;
      set(message.conversation, { seq, unseen: [...unseen, message.seq] });
      unwritten.add(message.conversation);
      timer ??= environment.timers.setTimeout(write, WRITE_DELAY_MS);
    },
    listed: setBaseline,
    markSeen(conversation, seq) {
      const known = of(conversation);
      if (prefix === undefined || seq <= known.seq) return;
      // Where nothing is unseen there is nothing to tell the others, unless it has just been told here.
      const tells = known.unseen.length > 0 || seq > (baseline ?? 0);
      set(conversation, { seq, unseen: known.unseen });
      if (tells) store(prefix + conversation, of(conversation));
    },
    close() {
      if (timer !== undefined) write();
      stopListening();
    },
  };
}

function toMarker(value: unknown): Marker {
  const marker = value as Partial<Marker> | undefined;
  return typeof marker?.seq === "number" && Array.isArray(marker.unseen) ? (marker as Marker) : NONE;
}

function isSame(one: Marker, other: Marker): boolean {
  return one.seq === other.seq && one.unseen.join() === other.unseen.join();
}
