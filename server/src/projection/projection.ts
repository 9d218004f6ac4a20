import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { fromBinary } from "@bufbuild/protobuf";
import { type Event, EventSchema } from "@chat/proto/chat/v1/event";
import { fold } from "../domain/fold.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { ConversationState } from "../domain/state.ts";
import { lastSeqOf, seqOf } from "../log/position.ts";
import type { RecordContent } from "../log/record-codec.ts";
import { breakSeal, sealFile } from "./file-seal.ts";
import { createOpenTransaction } from "./open-transaction.ts";
import { type ConversationEntry, createRoster, type PersonEntry, type Roster } from "./roster.ts";
import { openProjectionDatabase } from "./schema.ts";
import { createRecordHasher, kindNumber, MESSAGE_KIND } from "./state-hash.ts";
import { storageTroubleOf } from "./storage-trouble.ts";

/** A record of the log, decoded. */
export interface SequencedRecord {
  readonly sequence: number;
  readonly content: RecordContent;
}

/** An accepted event as it has just been applied. */
export interface AppliedEvent {
  readonly seq: number;
  readonly event: Event;
  /** The event as the log holds it. */
  readonly bytes: Uint8Array;
  /** Its members are those after this event and before the next. */
  readonly conversation: ConversationEntry;
  /** Who came in with it. */
  readonly added: readonly PersonEntry[];
  /** Who was removed by it, and still gets it. */
  readonly removed: readonly PersonEntry[];
}

/** A record as it has just been applied. */
export interface AppliedRecord {
  readonly record: SequencedRecord;
  /** By index. */
  readonly outcomes: readonly Outcome[];
  /** State hash after it. */
  readonly hash: Uint8Array;
}

/** The read model: everything the log so far has come to. Rebuilt from the log when it is missing. */
export interface Projection {
  /** The rules' view of it. */
  readonly state: ConversationState;
  readonly roster: Roster;
  /** For the queries beside this file. */
  readonly database: DatabaseSync;
  /** Sequence of the newest applied record, 0 before the first. */
  readonly sequence: number;
  /** Everything at or below this seq is applied. */
  readonly seq: number;
  /** State hash after the newest applied record. */
  readonly hash: Uint8Array;
  /**
   * Applies records, the next ones in order. Everything read here sees them at once; the file has them after {@link commit}. `observe` gets each accepted event at
   * the moment it is applied: it may only take notes. Returns what each record came to.
   * @throws whatever goes wrong. Where it then {@link isHalfway}, memory and tables may differ: the process has to start again. Else nothing of it was applied.
   */
  apply(records: readonly SequencedRecord[], observe: (applied: AppliedEvent) => void): AppliedRecord[];
  /** Whether `apply` broke off in the middle of a record. */
  readonly isHalfway: boolean;
  /** Events that were applied since the last commit. A crash costs no more than applying them again from the log. */
  readonly uncommitted: number;
  /** Their size, about. */
  readonly uncommittedBytes: number;
  /**
   * Writes what was applied to the file, in one transaction.
   * @throws SQLite's error. On a full disk (`storage-trouble.ts`) nothing is lost: queries go on as before, and `commit` may be called again.
   */
  commit(): void;
  /** The stored event at a position. */
  event(seq: number): Event | undefined;
  /** Commits what was applied in full, where there is room for it, and lets go of the file. What is missing is read from the log again. */
  close(): void;
}

/** A write-ahead log of this size goes into the main file. Until then that file stays as it was sealed (`file-seal.ts`). */
const WAL_MAX_BYTES = 16 * 1024 * 1024;

const NOBODY: readonly PersonEntry[] = [];
const MALFORMED: Outcome = { kind: "refused", refusal: "malformed" };

/** Opens the projection of the log with this epoch. @param path ":memory:" or a file. */
export function createProjection(options: { path: string; epoch: string }): Projection {
  const database = openProjectionDatabase(options.path, options.epoch);
  const isFile = options.path !== ":memory:";
  const transaction = createOpenTransaction(database);
  const roster = createRoster(database, transaction);
  const hasher = createRecordHasher();

  const progress = database.prepare("SELECT sequence, hash FROM progress").get() as {
    sequence: number;
    hash: Uint8Array;
  };
  let { sequence, hash } = progress;
  let uncommitted = 0;
  /** Whether there is anything to commit: a record may hold no event. */
  let isUnwritten = false;
  /** In the middle of a record, or broken there. */
  let isHalfway = false;
  let highAt =
    (database.prepare("SELECT high_at FROM event ORDER BY seq DESC LIMIT 1").get() as { high_at: number } | undefined)
      ?.high_at ?? 0;

  const selectSettled = database.prepare("SELECT seq, body FROM event WHERE actor = ? AND client_id = ?");
  const selectPlace = database.prepare("SELECT conversation, kind FROM event WHERE seq = ?");
  const selectBody = database.prepare("SELECT body FROM event WHERE seq = ?");
  const insertEvent = database.prepare(
    "INSERT INTO event (seq, conversation, actor, kind, client_id, high_at, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const updateProgress = database.prepare("UPDATE progress SET sequence = ?, hash = ?");

  const state: ConversationState = {
    settled(actor, clientId) {
      const person = roster.person(actor);
      if (!person) return undefined;
      const row = selectSettled.get(person.row, clientId) as { seq: number; body: Uint8Array } | undefined;
      return row && { seq: row.seq, event: fromBinary(EventSchema, row.body) };
    },
    hasRoom: (conversation) => roster.conversation(conversation)?.kind === "room",
    hasDirect: (conversation) => roster.conversation(conversation)?.kind === "direct",
    isMember(conversation, handle) {
      const person = roster.person(handle);
      return person !== undefined && (roster.conversation(conversation)?.members.has(person) ?? false);
    },
    hasMessage(conversation, seq) {
      const row = selectPlace.get(seq) as { conversation: number; kind: number } | undefined;
      return row?.kind === MESSAGE_KIND && row.conversation === roster.conversation(conversation)?.row;
    },
  };

  function apply(records: readonly SequencedRecord[], observe: (applied: AppliedEvent) => void): AppliedRecord[] {
    const applied: AppliedRecord[] = [];
    transaction.begin();
    isHalfway = true;
    isUnwritten = true;
    for (const record of records) {
      if (record.sequence !== sequence + 1) throw new Error(`record ${record.sequence} does not follow ${sequence}`);
      hasher.begin();
      const outcomes = record.content.events.map((bytes, index) =>
        applyEvent(seqOf(record.sequence, index), bytes, observe),
      );
      hash = hasher.end(hash, record.sequence);
      sequence = record.sequence;
      uncommitted += outcomes.length;
      applied.push({ record, outcomes, hash });
    }
    roster.saveTouched();
    isHalfway = false;
    return applied;
  }

  function commitApplied(): void {
    if (isHalfway) return;
    if (isUnwritten) transaction.commit(() => updateProgress.run(sequence, hash));
    isUnwritten = false;
    uncommitted = 0;
    if (isFile && statSync(`${options.path}-wal`).size > WAL_MAX_BYTES) {
      breakSeal(options.path);
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    }
  }

  function applyEvent(seq: number, bytes: Uint8Array, observe: (applied: AppliedEvent) => void): Outcome {
    let event: Event;
    try {
      event = fromBinary(EventSchema, bytes);
    } catch {
      // Bytes that are no event happened to nobody, on every server alike.
      hasher.add(undefined, MALFORMED);
      return MALFORMED;
    }
    const { outcome, changes } = fold(state, event);
    hasher.add(event, outcome);
    if (outcome.kind !== "accepted") return outcome;
    let added = NOBODY;
    let removed = NOBODY;
    for (const change of changes) {
      const person = roster.change(change, seq);
      if (change.type === "member-added" && person) added = [...added, person];
      if (change.type === "member-removed" && person) removed = [...removed, person];
    }
    const conversation = roster.conversation(event.conversation);
    if (!conversation) throw new Error(`accepted event ${seq} has no conversation`);
    const kind = kindNumber(event);
    highAt = Math.max(highAt, event.at ? Number(event.at.seconds) * 1_000 + Math.floor(event.at.nanos / 1e6) : 0);
    transaction.run(
      insertEvent,
      seq,
      conversation.row,
      roster.intern(event.actor).row,
      kind,
      event.clientId,
      highAt,
      bytes,
    );
    roster.touch(conversation, seq, kind === MESSAGE_KIND);
    observe({ seq, event, bytes, conversation, added, removed });
    return outcome;
  }

  return {
    state,
    roster,
    database,
    get sequence() {
      return sequence;
    },
    get seq() {
      return sequence === 0 ? 0 : lastSeqOf(sequence);
    },
    get hash() {
      return hash;
    },
    apply,
    get isHalfway() {
      return isHalfway;
    },
    get uncommitted() {
      return uncommitted;
    },
    get uncommittedBytes() {
      return transaction.bytes;
    },
    commit: commitApplied,
    event(seq) {
      const row = selectBody.get(seq) as { body: Uint8Array } | undefined;
      return row && fromBinary(EventSchema, row.body);
    },
    close() {
      try {
        commitApplied();
      } catch (error) {
        if (storageTroubleOf(error) === undefined) throw error;
        transaction.rollback();
      }
      if (isFile) breakSeal(options.path);
      database.close(); // the write-ahead log goes into the file
      if (isFile) sealFile(options.path);
    },
  };
}
