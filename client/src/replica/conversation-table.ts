import { peopleOf } from "../address.ts";
import type { ChatConversation, ChatMessage, ChatUser } from "../types.ts";
import type { Place } from "./places.ts";
import type { ConversationRow } from "./rows.ts";

/** The conversations whose rows are known, and what is shown of each. */
export interface ConversationTable {
  /** Keeps the row with the larger version. */
  put(row: ConversationRow): void;
  has(id: string): boolean;
  ids(): Iterable<string>;
  /** The room with this name. */
  byName(name: string): string | undefined;
  /** The direct conversations whose title is this person's. */
  namedAfter(person: number): Iterable<string>;
  /** As it is shown; the same object until something in it changes. */
  view(id: string): ChatConversation | undefined;
  /** Something that `view` shows has changed. */
  touch(id: string): void;
  clear(): void;
}

/** What is the same for everybody. */
type SharedRow = Omit<ConversationRow, "own" | "lastMessage">;

/** @param sources what a view is made of besides the row */
export function createConversationTable(sources: {
  me: () => number;
  user: (id: number) => ChatUser | undefined;
  place: (id: string) => Place | undefined;
  newest: (id: string) => ChatMessage | undefined;
  unseen: (id: string) => number;
}): ConversationTable {
  const rows = new Map<string, SharedRow>();
  const names = new Map<string, string>();
  const byPerson = new Map<number, Set<string>>();
  const views = new Map<string, ChatConversation>();

  function namedAfter(id: string): number | undefined {
    const people = peopleOf(id);
    return people?.[0] === sources.me() ? people[1] : people?.[0];
  }

  function select(row: SharedRow): ChatConversation {
    const { name, people: _, ...facts } = row;
    const { id, kind } = facts;
    const place = sources.place(id);
    const peerId = namedAfter(id);
    const peer = peerId === undefined ? undefined : sources.user(peerId);
    const address = kind === "room" ? `#${name}` : (addressOf(peer, id) ?? place?.address ?? id);
    const newest = sources.newest(id);
    const sortSeq = Math.max(place?.sortSeq ?? 0, newest?.seq ?? 0);
    return {
      ...facts,
      address,
      title: kind === "room" ? facts.title || name : (peer?.displayName ?? address),
      ...(peer && { peer }),
      ...(newest?.seq === sortSeq && { lastMessage: newest }),
      sortSeq,
      memberCount: place?.memberCount ?? 0,
      // Only who is in a conversation gets its rows without a word on that.
      joined: place?.joined ?? true,
      unseen: sources.unseen(id),
    };
  }

  return {
    put(row) {
      const known = rows.get(row.id);
      if (known && known.version >= row.version) return;
      if (known && names.get(known.name) === known.id) names.delete(known.name);
      const { own: _own, lastMessage: _lastMessage, ...kept } = row;
      rows.set(row.id, kept);
      if (row.kind === "room") names.set(row.name, row.id);
      const person = namedAfter(row.id);
      if (person !== undefined) byPerson.set(person, (byPerson.get(person) ?? new Set()).add(row.id));
    },
    has: (id) => rows.has(id),
    ids: () => rows.keys(),
    byName: (name) => names.get(name),
    namedAfter: (person) => byPerson.get(person) ?? [],
    view(id) {
      let view = views.get(id);
      const row = rows.get(id);
      if (!view && row) views.set(id, (view = select(row)));
      return view;
    },
    touch: (id) => void views.delete(id),
    clear() {
      for (const map of [rows, names, byPerson, views]) map.clear();
    },
  };
}

/** Where to write to somebody. Of a person who was removed nothing is left but the conversation's id. */
function addressOf(peer: ChatUser | undefined, id: string): string | undefined {
  if (peer?.removed) return id;
  return peer?.handle ? `@${peer.handle}` : undefined;
}
