import type { DatabaseSync } from "node:sqlite";
import type { OpenTransaction } from "./open-transaction.ts";
import type { ConversationRow, MemberRow, NameRow, PersonRow } from "../domain/rows.ts";
import { decodeConversationRow, encodeConversationRow } from "../rows/conversation-row.ts";
import { encodeUser } from "../rows/other-rows.ts";
import { createSortedNames } from "./sorted-names.ts";

/** A person the log knows. */
export interface PersonEntry {
  readonly id: number;
  row: PersonRow;
  /** seq of the event that last changed the row. */
  version: number;
  /** The conversations the person is in now. */
  readonly conversations: Set<ConversationEntry>;
  /** The row as clients get it, an encoded chat.v1.User; made when somebody asks ({@link userBody}). */
  body: Uint8Array | undefined;
}

/** A person as clients get them: an encoded chat.v1.User. */
export function userBody(person: PersonEntry): Uint8Array {
  return (person.body ??= encodeUser(person.row, person.version));
}

/** A conversation the log knows. */
export interface ConversationEntry {
  /** Its number in the tables. */
  readonly number: number;
  readonly id: string;
  row: ConversationRow;
  /** seq of the event that last changed the row. */
  version: number;
  /** Who is in it now, with the seq by which they joined. */
  readonly members: Map<PersonEntry, number>;
  /** seq of the newest message, 0 while there is none. */
  lastMessageSeq: number;
  /** seq of the newest event that changed anything in it. */
  lastChangeSeq: number;
}

/** People, names, conversations and who is in them: the hot look-ups, in memory, with their tables behind them. */
export interface Roster {
  person(id: number): PersonEntry | undefined;
  name(key: string): NameRow | undefined;
  conversation(id: string): ConversationEntry | undefined;
  /** How many were in a conversation once this person's place in it had last changed. */
  memberCount(conversation: ConversationEntry, person: PersonEntry): number;
  /** People by handle, beginning at the first that sorts at or after `from`; without those who were removed. */
  peopleFrom(from: string): Iterable<PersonEntry>;
  /** Rooms by name, beginning at the first that sorts at or after `from`. */
  roomsFrom(from: string): Iterable<ConversationEntry>;
  // What follows happens within a transaction, for the event at `seq`.
  putPerson(row: PersonRow, seq: number): PersonEntry;
  putName(key: string, row: NameRow): void;
  putConversation(row: ConversationRow, seq: number): ConversationEntry;
  /** Returns whether the person came in or went, and how many are in it then. */
  putMember(row: MemberRow, seq: number): { change: "added" | "removed" | "changed"; memberCount: number };
  /** Notes the newest change; written by {@link saveTouched}. */
  touch(conversation: ConversationEntry, seq: number, isNewMessage: boolean): void;
  /** Writes what `touch` noted since the last time. */
  saveTouched(): void;
}

/** Loads the roster from the projection's tables. */
export function createRoster(database: DatabaseSync, transaction: Pick<OpenTransaction, "run">): Roster {
  const people = new Map<number, PersonEntry>();
  const names = new Map<string, NameRow>();
  const conversations = new Map<string, ConversationEntry>();
  const byHandle = createSortedNames<PersonEntry>((entry) => entry.row.handle);
  const byRoomName = createSortedNames<ConversationEntry>((entry) => entry.row.name);
  const touched = new Set<ConversationEntry>();

  const upsertPerson = database.prepare(
    `INSERT INTO person (id, handle, display_name, removed, names, sources, version) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET handle = excluded.handle, display_name = excluded.display_name, removed = excluded.removed,
       names = excluded.names, sources = excluded.sources, version = excluded.version`,
  );
  const upsertName = database.prepare("INSERT OR REPLACE INTO name (key, owner) VALUES (?, ?)");
  const insertConversation = database.prepare(
    "INSERT INTO conversation (id, body, version, last_message_seq, last_change_seq) VALUES (?, ?, ?, 0, ?)",
  );
  const updateConversation = database.prepare("UPDATE conversation SET body = ?, version = ? WHERE number = ?");
  const touchConversation = database.prepare(
    "UPDATE conversation SET last_message_seq = ?, last_change_seq = ? WHERE number = ?",
  );
  const upsertMember = database.prepare(
    `INSERT INTO member (conversation, person, joined, joined_seq, member_count, version) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (conversation, person) DO UPDATE SET joined = excluded.joined, joined_seq = excluded.joined_seq,
       member_count = excluded.member_count, version = excluded.version`,
  );
  const selectMemberCount = database.prepare("SELECT member_count FROM member WHERE conversation = ? AND person = ?");

  function load(): void {
    for (const row of database.prepare("SELECT * FROM person").iterate() as Iterable<StoredPerson>) {
      const entry: PersonEntry = {
        id: row.id,
        row: {
          id: row.id,
          handle: row.handle,
          displayName: row.display_name,
          removed: row.removed === 1,
          names: JSON.parse(row.names) as string[],
          sources: JSON.parse(row.sources) as number[],
        },
        version: row.version,
        conversations: new Set(),
        body: undefined,
      };
      people.set(row.id, entry);
      if (entry.row.handle !== "") byHandle.add(entry);
    }
    for (const { key, owner } of database.prepare("SELECT key, owner FROM name").iterate() as Iterable<{
      key: string;
      owner: number | string;
    }>)
      names.set(key, { owner });
    const byNumber = new Map<number, ConversationEntry>();
    for (const row of database.prepare("SELECT * FROM conversation").iterate() as Iterable<StoredConversation>) {
      const entry: ConversationEntry = {
        number: row.number,
        id: row.id,
        row: decodeConversationRow(row.body),
        version: row.version,
        members: new Map(),
        lastMessageSeq: row.last_message_seq,
        lastChangeSeq: row.last_change_seq,
      };
      byNumber.set(row.number, entry);
      conversations.set(row.id, entry);
      if (entry.row.kind === "room") byRoomName.add(entry);
    }
    const members = database.prepare("SELECT conversation, person, joined_seq FROM member WHERE joined = 1");
    for (const member of members.iterate() as Iterable<{ conversation: number; person: number; joined_seq: number }>) {
      const conversation = byNumber.get(member.conversation);
      const person = people.get(member.person);
      if (!conversation || !person) continue;
      conversation.members.set(person, member.joined_seq);
      person.conversations.add(conversation);
    }
  }
  load();

  return {
    person: (id) => people.get(id),
    name: (key) => names.get(key),
    conversation: (id) => conversations.get(id),
    memberCount(conversation, person) {
      const row = selectMemberCount.get(conversation.number, person.id) as { member_count: number } | undefined;
      return row?.member_count ?? 0;
    },
    peopleFrom: (from) => byHandle.from(from),
    roomsFrom: (from) => byRoomName.from(from),
    putPerson(row, seq) {
      const { id, handle, displayName, removed } = row;
      transaction.run(
        upsertPerson,
        id,
        handle,
        displayName,
        removed ? 1 : 0,
        JSON.stringify(row.names),
        JSON.stringify(row.sources),
        seq,
      );
      let entry = people.get(id);
      if (entry) {
        if (entry.row.handle !== "") byHandle.remove(entry);
        entry.row = row;
        entry.version = seq;
        entry.body = undefined;
      } else {
        entry = { id, row, version: seq, conversations: new Set(), body: undefined };
        people.set(id, entry);
      }
      if (handle !== "") byHandle.add(entry);
      return entry;
    },
    putName(key, row) {
      transaction.run(upsertName, key, row.owner);
      names.set(key, row);
    },
    putConversation(row, seq) {
      const { id, kind } = row;
      const body = encodeConversationRow(row);
      const known = conversations.get(id);
      if (known) {
        transaction.run(updateConversation, body, seq, known.number);
        if (kind === "room") byRoomName.remove(known);
        known.row = row;
        known.version = seq;
        if (kind === "room") byRoomName.add(known);
        return known;
      }
      const { lastInsertRowid } = transaction.run(insertConversation, id, body, seq, seq);
      const entry: ConversationEntry = {
        number: Number(lastInsertRowid),
        id,
        row,
        version: seq,
        members: new Map(),
        lastMessageSeq: 0,
        lastChangeSeq: seq,
      };
      conversations.set(id, entry);
      if (kind === "room") byRoomName.add(entry);
      return entry;
    },
    putMember(row, seq) {
      const conversation = conversations.get(row.conversation);
      const person = people.get(row.person);
      if (!conversation || !person) throw new Error(`a member row at ${seq} names an unknown conversation or person`);
      const wasIn = conversation.members.has(person);
      if (row.joined) {
        conversation.members.set(person, row.joinedSeq);
        person.conversations.add(conversation);
      } else {
        conversation.members.delete(person);
        person.conversations.delete(conversation);
      }
      const memberCount = conversation.members.size;
      const joined = row.joined ? 1 : 0;
      transaction.run(upsertMember, conversation.number, person.id, joined, row.joinedSeq, memberCount, seq);
      if (row.joined === wasIn) return { change: "changed", memberCount };
      return { change: row.joined ? "added" : "removed", memberCount };
    },
    touch(conversation, seq, isNewMessage) {
      conversation.lastChangeSeq = seq;
      if (isNewMessage) conversation.lastMessageSeq = seq;
      touched.add(conversation);
    },
    saveTouched() {
      for (const { lastMessageSeq, lastChangeSeq, number } of touched)
        transaction.run(touchConversation, lastMessageSeq, lastChangeSeq, number);
      touched.clear();
    },
  };
}

interface StoredPerson {
  readonly id: number;
  readonly handle: string;
  readonly display_name: string;
  readonly removed: number;
  readonly names: string;
  readonly sources: string;
  readonly version: number;
}

interface StoredConversation {
  readonly number: number;
  readonly id: string;
  readonly body: Uint8Array;
  readonly version: number;
  readonly last_message_seq: number;
  readonly last_change_seq: number;
}
