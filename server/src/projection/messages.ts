import type { DatabaseSync } from "node:sqlite";
import type { OpenTransaction } from "./open-transaction.ts";
import { LRUCache } from "lru-cache";
import type { MessageRow, VersionRow } from "../domain/rows.ts";
import { decodeMessage, encodeMessage } from "../rows/message-row.ts";
import type { ConversationEntry } from "./roster.ts";

/** Rows kept decoded: those that rules and changes ask for again soon. */
const DECODED_MAX = 1_000;

/** A message as it is stored. */
export interface StoredMessage {
  /** Person id. */
  readonly sender: number;
  /** Whether the row refers to people beside its sender. */
  readonly reacted: boolean;
  /** An encoded chat.v1.Message. */
  readonly body: Uint8Array;
}

/** The messages of the projection, as the bytes that clients get. */
export interface MessageTable {
  /** The row as the rules see it. */
  row(seq: number): MessageRow | undefined;
  /** The row as clients get it: an encoded chat.v1.Message. */
  body(seq: number): Uint8Array | undefined;
  /** The same with what can be said of it without looking into it. */
  stored(seq: number): StoredMessage | undefined;
  edits(message: number): readonly number[];
  pins(conversation: ConversationEntry): number;
  // What follows happens within a transaction, for the event at `seq`.
  /** Returns the row's bytes. */
  put(row: MessageRow, conversation: ConversationEntry, seq: number): Uint8Array;
  putVersion(row: VersionRow): void;
  /** Deletes every version of a message; returns the client_ids of the edits that made them. */
  deleteVersions(message: number): readonly Uint8Array[];
}

/** The messages' tables. */
export function createMessageTable(database: DatabaseSync, transaction: Pick<OpenTransaction, "run">): MessageTable {
  const decoded = new LRUCache<number, MessageRow>({ max: DECODED_MAX });
  const selectBody = database.prepare("SELECT body FROM message WHERE seq = ?");
  const selectStored = database.prepare("SELECT sender, reacted, body FROM message WHERE seq = ?");
  const insert = database.prepare(
    "INSERT INTO message (seq, conversation, sender, high_at, version, pinned, reacted, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const update = database.prepare("UPDATE message SET version = ?, pinned = ?, reacted = ?, body = ? WHERE seq = ?");
  const insertVersion = database.prepare(
    "INSERT INTO message_version (message, replaced_by, client_id, at, text) VALUES (?, ?, ?, ?, ?)",
  );
  const selectEdits = database.prepare(
    "SELECT replaced_by, client_id FROM message_version WHERE message = ? ORDER BY replaced_by",
  );
  const deleteVersions = database.prepare("DELETE FROM message_version WHERE message = ?");
  const countPins = database.prepare("SELECT count(*) AS count FROM message WHERE conversation = ? AND pinned = 1");
  let highAt =
    (database.prepare("SELECT high_at FROM message ORDER BY seq DESC LIMIT 1").get() as { high_at: number } | undefined)
      ?.high_at ?? 0;

  const body = (seq: number): Uint8Array | undefined => (selectBody.get(seq) as { body: Uint8Array } | undefined)?.body;
  const edits = (message: number): { replaced_by: number; client_id: Uint8Array }[] =>
    selectEdits.all(message) as unknown as { replaced_by: number; client_id: Uint8Array }[];

  return {
    body,
    stored(seq) {
      const found = selectStored.get(seq) as { sender: number; reacted: number; body: Uint8Array } | undefined;
      return found && { ...found, reacted: found.reacted !== 0 };
    },
    row(seq) {
      const known = decoded.get(seq);
      if (known) return known;
      const bytes = body(seq);
      if (!bytes) return undefined;
      const row = decodeMessage(bytes);
      decoded.set(seq, row);
      return row;
    },
    edits: (message) => edits(message).map(({ replaced_by }) => replaced_by),
    pins: ({ number }) => (countPins.get(number) as { count: number }).count,
    put(row, conversation, seq) {
      const bytes = encodeMessage(row, seq);
      const pinned = row.pinned ? 1 : 0;
      const reacted = row.reactions.length > 0 ? 1 : 0;
      if (row.seq === seq) {
        highAt = Math.max(highAt, row.sentAt);
        transaction.run(insert, seq, conversation.number, row.sender, highAt, seq, pinned, reacted, bytes);
      } else {
        transaction.run(update, seq, pinned, reacted, bytes, row.seq);
      }
      if (row.seq !== seq || decoded.has(row.seq)) decoded.set(row.seq, row);
      return bytes;
    },
    putVersion({ message, replacedBy, clientId, at, text }) {
      transaction.run(insertVersion, message, replacedBy, clientId, at, text);
    },
    deleteVersions(message) {
      const clientIds = edits(message).map(({ client_id }) => client_id);
      transaction.run(deleteVersions, message);
      return clientIds;
    },
  };
}
