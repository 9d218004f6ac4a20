import { conversationOfKey, type SeenRow } from "../rows.ts";
import type { Told } from "./told.ts";

/** A row as it stood from a position on. */
export interface RowAt {
  /** The event by which it came to stand so. Of a conversation's row, as its members get it, also a join or a leave. */
  readonly seq: number;
  readonly row: SeenRow;
}

/** When somebody was in a conversation: from the event that let them in to the one that let them out. */
export interface Stay {
  readonly from: number;
  readonly to: number;
}

/** Every row as it stood at any time, who was in which conversation then, and who was told of what. */
export interface Timeline {
  /**
   * Takes note of what the next event of the log changed.
   * @param members after it, of each conversation that one of the rows belongs to
   */
  add(seq: number, told: readonly Told[], members: ReadonlyMap<string, ReadonlySet<number>>): void;
  /** The versions of a row, oldest first. */
  versions(key: string): readonly RowAt[];
  /** The row as it stood at a position. */
  at(key: string, seq: number): RowAt | undefined;
  /** What a person was told while they listened, in order: after `from`, up to `to`. */
  told(person: number, from: number, to: number): readonly RowAt[];
  /** What changed after `from` that a person may see at `at`: each row once, as it then stands. */
  changed(person: number, from: number, at: number): ReadonlyMap<string, RowAt>;
  /** When a person was in a conversation. */
  stays(conversation: string, person: number): readonly Stay[];
  /** The conversations that a person is in at a position. */
  conversations(person: number, at: number): readonly string[];
  /** Whether two people share a conversation at a position, or are the same. */
  isAcquainted(one: number, other: number, at: number): boolean;
  /** Messages of a conversation, by seq. */
  messages(conversation: string): readonly number[];
}

interface OpenStay extends Stay {
  to: number;
}

interface Place {
  readonly stays: Map<number, OpenStay[]>;
  /** Changes of messages and members, in order. */
  readonly changes: RowAt[];
  readonly messages: number[];
}

/** Nothing has happened yet. */
export function createTimeline(): Timeline {
  const rows = new Map<string, RowAt[]>();
  const tellings = new Map<number, RowAt[]>();
  const places = new Map<string, Place>();
  const people: RowAt[] = [];

  function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
    const list = map.get(key);
    if (list) list.push(value);
    else map.set(key, [value]);
  }

  function placeOf(id: string): Place {
    let place = places.get(id);
    if (!place) places.set(id, (place = { stays: new Map(), changes: [], messages: [] }));
    return place;
  }

  function setMembers({ stays }: Place, members: ReadonlySet<number>, seq: number): void {
    for (const person of members)
      if (stays.get(person)?.at(-1)?.to !== Infinity) push(stays, person, { from: seq, to: Infinity });
    for (const [person, all] of stays) {
      const last = all.at(-1);
      if (last?.to === Infinity && !members.has(person)) last.to = seq;
    }
  }

  function stayAt(id: string, person: number, at: number): Stay | undefined {
    return places
      .get(id)
      ?.stays.get(person)
      ?.find(({ from, to }) => from <= at && at < to);
  }

  function at(key: string, seq: number): RowAt | undefined {
    return rows.get(key)?.[after(rows.get(key) ?? [], seq) - 1];
  }

  const conversations = (person: number, seq: number): string[] =>
    [...places.keys()].filter((id) => stayAt(id, person, seq));

  function isAcquainted(one: number, other: number, seq: number): boolean {
    return one === other || conversations(one, seq).some((id) => stayAt(id, other, seq));
  }

  return {
    add(seq, told, members) {
      for (const [id, those] of members) setMembers(placeOf(id), those, seq);
      for (const { row, people: recipients } of told) {
        const change = { seq, row };
        push(rows, row.key, change);
        for (const person of recipients) push(tellings, person, change);
        const id = conversationOfKey(row);
        if (id === undefined) people.push(change);
        else if (!row.key.startsWith("conversation/")) placeOf(id).changes.push(change);
        if (id !== undefined && row.key === `message/${seq}`) placeOf(id).messages.push(seq);
      }
    },
    versions: (key) => rows.get(key) ?? [],
    at,
    told(person, from, to) {
      const all = tellings.get(person) ?? [];
      return all.slice(after(all, from), after(all, to));
    },
    changed(person, from, seq) {
      const found = new Map<string, RowAt>();
      const within = (changes: readonly RowAt[], past: number): readonly RowAt[] =>
        changes.slice(after(changes, past), after(changes, seq));
      for (const [id, place] of places) {
        const stay = stayAt(id, person, seq);
        if (!stay) {
          const own = at(`member/${id}/${person}`, seq);
          if (own && own.seq > from) found.set(own.row.key, own);
          continue;
        }
        const view = at(`conversation/${id}`, seq);
        if (view && view.seq > from) found.set(view.row.key, view);
        for (const change of within(place.changes, Math.max(from, stay.from - 1))) found.set(change.row.key, change);
      }
      for (const change of within(people, from))
        if (isAcquainted(person, Number(change.row.key.slice("user/".length)), seq)) found.set(change.row.key, change);
      return found;
    },
    stays: (conversation, person) => places.get(conversation)?.stays.get(person) ?? [],
    conversations,
    isAcquainted,
    messages: (conversation) => places.get(conversation)?.messages ?? [],
  };
}

/** How many stand at or before a position. */
function after(list: readonly RowAt[], seq: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle]?.seq ?? 0) <= seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
