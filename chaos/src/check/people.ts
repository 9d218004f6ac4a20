import type { PersonAdded, PersonChanged } from "@chat/proto/chat/log/v1/event";
import { type SeenRow, userSeen } from "../rows.ts";

/** Somebody whose account was removed. */
export interface Removed {
  readonly person: number;
  /** Position of the removal. */
  readonly seq: number;
  /** Whether their messages had to go as well. */
  readonly withMessages: boolean;
  /** Every name that was theirs. */
  readonly names: readonly string[];
  /** Events that gave them a name. */
  readonly sources: readonly number[];
}

/** People in the model. What changes a row gives the row. */
export interface ModelPeople {
  /** Undefined: the handle is taken. */
  add(seq: number, value: PersonAdded, erased: boolean): SeenRow | undefined;
  /** Undefined: the handle is another's. */
  change(seq: number, id: number, clientId: string, value: PersonChanged, erased: boolean): SeenRow | undefined;
  remove(seq: number, id: number, withMessages: boolean): SeenRow;
  /** Whether there is such a person, who was not removed. */
  isThere(id: number): boolean;
  /** Of a handle that is or was theirs, also of those who were removed. */
  byHandle(handle: string): number | undefined;
  readonly removed: readonly Removed[];
}

interface Person {
  readonly id: number;
  handle: string;
  displayName: string;
  removed: boolean;
  readonly names: Set<string>;
  readonly sources: number[];
}

/** Nobody is there yet. The options tell what the log does not hold any more: see `createModel`. */
export function createPeople(options: {
  handleOf: (clientId: string) => string | undefined;
  registered: ReadonlyMap<number, string>;
}): ModelPeople {
  const people = new Map<number, Person>();
  const handles = new Map<string, number>();
  /** By the hash alone: it stays in the log when the handle is gone. */
  const hashes = new Map<string, number>();
  const removed: Removed[] = [];

  /** Whether a handle is free or the person's own; it is theirs then. */
  function take(hash: Uint8Array, person: number): boolean {
    const key = hash.join();
    const owner = hashes.get(key);
    if (owner !== undefined && owner !== person) return false;
    hashes.set(key, person);
    return true;
  }

  function call(person: Person, seq: number, handle: string | undefined, displayName: string | undefined): SeenRow {
    if (handle !== undefined) {
      handles.set(handle, person.id);
      person.handle = handle;
    }
    person.displayName = displayName ?? person.displayName;
    for (const name of [handle, displayName]) if (name) person.names.add(name);
    person.sources.push(seq);
    return userSeen(person, seq);
  }

  return {
    add(seq, { handle, displayName, handleHash }, erased) {
      if (!take(handleHash, seq)) return undefined;
      const person: Person = { id: seq, handle, displayName, removed: false, names: new Set(), sources: [] };
      people.set(seq, person);
      // Everybody who may be removed is first called by their handle alone.
      const first = erased ? (options.registered.get(seq) ?? `erased ${seq}`) : undefined;
      return call(person, seq, first ?? handle, first ?? displayName);
    },
    change(seq, id, clientId, { handle, displayName, handleHash }, erased) {
      const person = people.get(id);
      if (!person || (handle !== undefined && !take(handleHash, id))) return undefined;
      const asked = erased && handle !== undefined ? (options.handleOf(clientId) ?? `erased ${seq}`) : handle;
      return call(person, seq, asked, displayName);
    },
    remove(seq, id, withMessages) {
      const person = people.get(id);
      if (!person) throw new Error(`the model has no person ${id} to remove`);
      const { names, sources } = person;
      removed.push({ person: id, seq, withMessages, names: [...names], sources });
      Object.assign(person, { handle: "", displayName: "", removed: true });
      return userSeen(person, seq);
    },
    isThere: (id) => people.get(id)?.removed === false,
    byHandle: (handle) => handles.get(handle),
    removed,
  };
}
