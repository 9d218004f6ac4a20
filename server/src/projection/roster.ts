import type { DatabaseSync } from "node:sqlite";
import type { Change } from "../domain/state.ts";
import type { OpenTransaction } from "./open-transaction.ts";

/** A person the log has named. */
export interface PersonEntry {
  readonly row: number;
  readonly handle: string;
  /** The conversations the person is in now. */
  readonly conversations: Set<ConversationEntry>;
}

/** A conversation the log has named. */
export interface ConversationEntry {
  readonly row: number;
  /** Canonical id. */
  readonly id: string;
  readonly kind: "direct" | "room";
  readonly title: string;
  readonly topic: string;
  readonly members: Set<PersonEntry>;
  /** seq of the newest event. */
  lastSeq: number;
  /** seq of the newest message, 0 while there is none. */
  lastMessageSeq: number;
}

/** Who is in which conversation: the hot look-ups, in memory, with their tables behind them. */
export interface Roster {
  person(handle: string): PersonEntry | undefined;
  conversation(id: string): ConversationEntry | undefined;
  /** Rooms whose name sorts after `after` (a name without "#"), in order. */
  roomsAfter(after: string): Iterable<ConversationEntry>;
  /** The person, made on first sight. Within a transaction. */
  intern(handle: string): PersonEntry;
  /** Carries out one change of the event at `seq`. Within a transaction. Returns whom it added or removed. */
  change(change: Change, seq: number): PersonEntry | undefined;
  /** Notes the newest event; written by {@link saveTouched}. */
  touch(conversation: ConversationEntry, seq: number, isMessage: boolean): void;
  /** Writes what `touch` noted since the last time. Within the same transaction. */
  saveTouched(): void;
}

/** Loads the roster from the projection's tables. What it changes goes through the transaction. */
export function createRoster(database: DatabaseSync, transaction: Pick<OpenTransaction, "run">): Roster {
  const people = new Map<string, PersonEntry>();
  const conversations = new Map<string, ConversationEntry>();
  const rooms: ConversationEntry[] = [];
  const touched = new Set<ConversationEntry>();

  const insertPerson = database.prepare("INSERT INTO person (handle) VALUES (?)");
  const insertConversation = database.prepare(
    "INSERT INTO conversation (name, kind, title, topic, last_seq, last_message_seq) VALUES (?, ?, ?, ?, 0, 0)",
  );
  const updateConversation = database.prepare(
    "UPDATE conversation SET last_seq = ?, last_message_seq = ? WHERE id = ?",
  );
  const insertStay = database.prepare("INSERT INTO stay (conversation, person, from_seq) VALUES (?, ?, ?)");
  const endStay = database.prepare(
    "UPDATE stay SET to_seq = ? WHERE conversation = ? AND person = ? AND to_seq IS NULL",
  );

  function addConversation(entry: ConversationEntry): void {
    conversations.set(entry.id, entry);
    if (entry.kind === "room") rooms.splice(firstRoomAfter(entry.id), 0, entry);
  }

  /** Index of the first room whose id sorts after `id`. */
  function firstRoomAfter(id: string): number {
    let low = 0;
    let high = rooms.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((rooms[middle]?.id ?? "") <= id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function load(): void {
    const peopleByRow = new Map<number, PersonEntry>();
    for (const { id, handle } of database.prepare("SELECT id, handle FROM person").iterate() as Iterable<{
      id: number;
      handle: string;
    }>) {
      const entry: PersonEntry = { row: id, handle, conversations: new Set() };
      people.set(handle, entry);
      peopleByRow.set(id, entry);
    }
    const conversationsByRow = new Map<number, ConversationEntry>();
    const rows = database.prepare(
      "SELECT id, name, kind, title, topic, last_seq, last_message_seq FROM conversation ORDER BY name",
    );
    for (const row of rows.iterate() as Iterable<{
      id: number;
      name: string;
      kind: "direct" | "room";
      title: string;
      topic: string;
      last_seq: number;
      last_message_seq: number;
    }>) {
      const entry: ConversationEntry = {
        row: row.id,
        id: row.name,
        kind: row.kind,
        title: row.title,
        topic: row.topic,
        members: new Set(),
        lastSeq: row.last_seq,
        lastMessageSeq: row.last_message_seq,
      };
      conversationsByRow.set(row.id, entry);
      conversations.set(entry.id, entry);
      if (entry.kind === "room") rooms.push(entry);
    }
    rooms.sort((one, other) => (one.id < other.id ? -1 : 1));
    const stays = database.prepare("SELECT conversation, person FROM stay WHERE to_seq IS NULL");
    for (const stay of stays.iterate() as Iterable<{ conversation: number; person: number }>) {
      const conversation = conversationsByRow.get(stay.conversation);
      const person = peopleByRow.get(stay.person);
      if (!conversation || !person) continue;
      conversation.members.add(person);
      person.conversations.add(conversation);
    }
  }
  load();

  function intern(handle: string): PersonEntry {
    const known = people.get(handle);
    if (known) return known;
    const entry: PersonEntry = {
      row: Number(transaction.run(insertPerson, handle).lastInsertRowid),
      handle,
      conversations: new Set(),
    };
    people.set(handle, entry);
    return entry;
  }

  return {
    person: (handle) => people.get(handle),
    conversation: (id) => conversations.get(id),
    *roomsAfter(after) {
      for (let index = firstRoomAfter(`#${after}`); index < rooms.length; index++) {
        const room = rooms[index];
        if (room) yield room;
      }
    },
    intern,
    change(change, seq) {
      if (change.type === "conversation-created") {
        const { conversation: id, kind, title, topic } = change;
        const row = Number(transaction.run(insertConversation, id, kind, title, topic).lastInsertRowid);
        addConversation({ row, id, kind, title, topic, members: new Set(), lastSeq: 0, lastMessageSeq: 0 });
        return undefined;
      }
      const conversation = conversations.get(change.conversation);
      if (!conversation) throw new Error(`change to an unknown conversation at ${seq}`);
      const person = intern(change.handle);
      if (change.type === "member-added") {
        transaction.run(insertStay, conversation.row, person.row, seq);
        conversation.members.add(person);
        person.conversations.add(conversation);
        return person;
      }
      transaction.run(endStay, seq, conversation.row, person.row);
      conversation.members.delete(person);
      person.conversations.delete(conversation);
      return person;
    },
    touch(conversation, seq, isMessage) {
      conversation.lastSeq = seq;
      if (isMessage) conversation.lastMessageSeq = seq;
      touched.add(conversation);
    },
    saveTouched() {
      for (const { lastSeq, lastMessageSeq, row } of touched)
        transaction.run(updateConversation, lastSeq, lastMessageSeq, row);
      touched.clear();
    },
  };
}
