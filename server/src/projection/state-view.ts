import type { DatabaseSync } from "node:sqlite";
import type { State } from "../domain/state.ts";
import type { EventIndex } from "./event-index.ts";
import type { MessageTable } from "./messages.ts";
import type { Roster } from "./roster.ts";

/** The projection as the rules see it: people, names and conversations from memory, messages from their table. */
export function createStateView(options: {
  database: DatabaseSync;
  roster: Roster;
  messages: MessageTable;
  events: EventIndex;
}): State {
  const { database, roster, messages, events } = options;
  const selectMember = database.prepare("SELECT joined, joined_seq FROM member WHERE conversation = ? AND person = ?");

  return {
    first: (actor, clientId) => events.first(actor, clientId),
    person: (id) => roster.person(id)?.row,
    name: (key) => roster.name(key),
    conversation: (id) => roster.conversation(id)?.row,
    member(id, person) {
      const conversation = roster.conversation(id);
      const entry = roster.person(person);
      if (!conversation || !entry) return undefined;
      const joinedSeq = conversation.members.get(entry);
      if (joinedSeq !== undefined) return { conversation: id, person, joined: true, joinedSeq };
      const row = selectMember.get(conversation.number, person) as { joined: number; joined_seq: number } | undefined;
      return row && { conversation: id, person, joined: row.joined === 1, joinedSeq: row.joined_seq };
    },
    message: (seq) => messages.row(seq),
    edits: (message) => messages.edits(message),
    pins(id) {
      const conversation = roster.conversation(id);
      return conversation ? messages.pins(conversation) : 0;
    },
    roomsOf(person) {
      const entry = roster.person(person);
      const rooms = [...(entry?.conversations ?? [])].filter(({ row }) => row.kind === "room");
      return rooms.map((room) => ({
        conversation: room.id,
        person,
        joined: true,
        joinedSeq: (entry && room.members.get(entry)) ?? 0,
      }));
    },
  };
}
