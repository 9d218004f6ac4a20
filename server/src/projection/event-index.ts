import { hash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { OpenTransaction } from "./open-transaction.ts";
import { toBinary } from "@bufbuild/protobuf";
import { type Event, EventSchema } from "@chat/proto/chat/log/v1/event";
import { KINDS } from "../domain/kinds.ts";

/** Bytes of a fingerprint: enough to tell two requests of one client apart. */
const FINGERPRINT_BYTES = 8;

/** Which client_ids were used, and for what. */
export interface EventIndex {
  /** seq of the first accepted event with this client_id. */
  first(actor: number, clientId: Uint8Array): number | undefined;
  /** Whether the first event with the client_id asked for the same. What has been erased, or is of an unknown kind, can't be compared and counts as the same. */
  isSame(event: Event): boolean;
  // What follows happens within a transaction.
  add(event: Event, seq: number): void;
  /** Forgets what was asked for. */
  forget(actor: number, clientId: Uint8Array): void;
}

/** The index over the projection's table. */
export function createEventIndex(database: DatabaseSync, transaction: Pick<OpenTransaction, "run">): EventIndex {
  const select = database.prepare("SELECT seq, fingerprint FROM event WHERE client_id = ? AND actor = ?");
  const insert = database.prepare("INSERT INTO event (client_id, actor, seq, fingerprint) VALUES (?, ?, ?, ?)");
  const clear = database.prepare("UPDATE event SET fingerprint = NULL WHERE client_id = ? AND actor = ?");

  const find = (actor: number, clientId: Uint8Array): { seq: number; fingerprint: Uint8Array | null } | undefined =>
    select.get(clientId, actor) as { seq: number; fingerprint: Uint8Array | null } | undefined;

  return {
    first: (actor, clientId) => find(actor, clientId)?.seq,
    isSame(event) {
      const known = find(Number(event.actor), event.clientId)?.fingerprint;
      return !known || fingerprintOf(event)?.equals(known) !== false;
    },
    add(event, seq) {
      // What an event of an unknown kind asks for may have to be erased, and this server would not know.
      const fingerprint = event.kind.case === undefined ? undefined : fingerprintOf(event);
      transaction.run(insert, event.clientId, Number(event.actor), seq, fingerprint ?? null);
    },
    forget(actor, clientId) {
      transaction.run(clear, clientId, actor);
    },
  };
}

/**
 * Of everything that the event asks for, and nothing that the server adds. What people are called is left out: it has to be gone from everywhere once
 * they are. So theirs is the same before and after their names are erased; of any other erased event there is none.
 */
function fingerprintOf(event: Event): Buffer | undefined {
  const { at: _, ...asked } = event;
  const { kind } = event;
  if (kind.case === "personAdded")
    asked.kind = { case: kind.case, value: KINDS.personAdded.erased?.(kind.value) ?? kind.value };
  else if (kind.case === "personChanged")
    asked.kind = { case: kind.case, value: KINDS.personChanged.erased?.(kind.value) ?? kind.value };
  else if (event.erased) return undefined;
  asked.erased = false;
  return hash("sha256", toBinary(EventSchema, asked), "buffer").subarray(0, FINGERPRINT_BYTES);
}
