import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { fromBinary } from "@bufbuild/protobuf";
import { type Event, EventSchema } from "@chat/proto/chat/log/v1/event";
import { fold, type Folded, withoutTexts } from "../domain/fold.ts";
import { unknownKindOf } from "../domain/kind-number.ts";
import type { Kind } from "../domain/kind-rules.ts";
import type { Outcome } from "../domain/outcome.ts";
import { MALFORMED, OTHER_PAST } from "../domain/refusals.ts";
import type { MemberRow, RowChange } from "../domain/rows.ts";
import type { State } from "../domain/state.ts";
import { lastSeqOf, seqOf } from "../log/position.ts";
import { CHAIN_START, type SequencedRecord } from "../log/chain.ts";
import { createErasures, type Erasures } from "./erasures.ts";
import { createEventIndex, type EventIndex } from "./event-index.ts";
import { breakSeal, sealFile } from "./file-seal.ts";
import { createMessageTable, type MessageTable } from "./messages.ts";
import { createOpenTransaction } from "./open-transaction.ts";
import { createProgressTable } from "./progress.ts";
import { type ConversationEntry, createRoster, type PersonEntry, type Roster } from "./roster.ts";
import { openProjectionDatabase } from "./schema.ts";
import { createRecordHasher } from "./state-hash.ts";
import { createStateView } from "./state-view.ts";
import { storageTroubleOf } from "./storage-trouble.ts";

/** A row that an event changed, as it has just been applied. */
export type ChangedRow =
  | { readonly table: "message"; readonly body: Uint8Array; readonly conversation: ConversationEntry }
  | { readonly table: "conversation"; readonly conversation: ConversationEntry }
  | {
      readonly table: "member";
      readonly conversation: ConversationEntry;
      readonly person: PersonEntry;
      readonly row: MemberRow;
      readonly change: "added" | "removed" | "changed";
      /** How many are in the conversation now. */
      readonly memberCount: number;
    }
  | { readonly table: "person"; readonly person: PersonEntry };

/** An accepted event as it has just been applied. */
export interface AppliedEvent {
  readonly seq: number;
  readonly kind: Kind;
  /** The value of the log's chain at its record. */
  readonly chain: Uint8Array;
  /** Who did it; undefined: the server. */
  readonly actor: PersonEntry | undefined;
  /** What it changed, in the order of the changes. */
  readonly rows: readonly ChangedRow[];
}

/** A record as it has just been applied. */
export interface AppliedRecord {
  readonly record: SequencedRecord;
  /** By index. */
  readonly outcomes: readonly Outcome[];
  /** Numbers of the kinds that this release does not read, one for each such event that happened. */
  readonly unknown: readonly number[];
  /** State hash after it. */
  readonly hash: Uint8Array;
}

/** The read model: everything the log so far has come to. Rebuilt from the log when it is missing. */
export interface Projection {
  /** The rules' view of it. */
  readonly state: State;
  readonly roster: Roster;
  readonly messages: MessageTable;
  readonly events: EventIndex;
  readonly erasures: Erasures;
  /** For the queries beside this file. */
  readonly database: DatabaseSync;
  /** Sequence of the newest applied record, 0 before the first. */
  readonly sequence: number;
  /** Everything at or below this seq is applied. */
  readonly seq: number;
  /** State hash after the newest applied record. */
  readonly hash: Uint8Array;
  /** The value of the chain at an applied record, and at 0. Undefined for any other. */
  chainAt(sequence: number): Uint8Array | undefined;
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
  /** Commits, and empties the write-ahead log into the file: what rows no longer hold is then gone from both. */
  scrub(): void;
  /** Commits what was applied in full, where there is room for it, and lets go of the file. What is missing is read from the log again. */
  close(): void;
}

/** A write-ahead log of this size goes into the main file. Until then that file stays as it was sealed (`file-seal.ts`). */
const WAL_MAX_BYTES = 16 * 1024 * 1024;

const REFUSED_AS_MALFORMED: Outcome = { kind: "refused", refusal: MALFORMED };
/** What an event comes to in a record that was written on another past. */
const VOID: Folded = { outcome: { kind: "refused", refusal: OTHER_PAST }, changes: [] };

/** Opens the projection of the log with this epoch. @param path ":memory:" or a file. */
export function createProjection(options: { path: string; epoch: string }): Projection {
  const database = openProjectionDatabase(options.path, options.epoch);
  const isFile = options.path !== ":memory:";
  const transaction = createOpenTransaction(database);
  const roster = createRoster(database, transaction);
  const messages = createMessageTable(database, transaction);
  const events = createEventIndex(database, transaction);
  const erasures = createErasures(database, transaction);
  const hasher = createRecordHasher();

  const progress = createProgressTable(database, transaction);
  let { sequence, hash, format } = progress.read();
  /** At `sequence`. */
  let chain = progress.chainAt(sequence) ?? CHAIN_START;
  let uncommitted = 0;
  /** In the middle of a record, or broken there. */
  let isHalfway = false;

  const state = createStateView({ database, roster, messages, events });

  function apply(records: readonly SequencedRecord[], observe: (applied: AppliedEvent) => void): AppliedRecord[] {
    const applied: AppliedRecord[] = [];
    transaction.begin();
    isHalfway = true;
    for (const record of records) {
      if (record.sequence !== sequence + 1) throw new Error(`record ${record.sequence} does not follow ${sequence}`);
      hasher.begin();
      const outcomes = record.content.events.map((bytes, index) =>
        applyEvent(record, seqOf(record.sequence, index), bytes, observe),
      );
      hash = hasher.end(hash, record.sequence);
      progress.addRecord(record.sequence, record.chain);
      ({ sequence, chain } = record);
      format = Math.max(format, record.content.version);
      uncommitted += outcomes.length;
      const unknown = outcomes.flatMap((outcome) => (outcome.kind === "unknown" ? [outcome.number] : []));
      applied.push({ record, outcomes, unknown, hash });
    }
    roster.saveTouched();
    isHalfway = false;
    return applied;
  }

  function commitApplied(): void {
    if (isHalfway) return;
    if (!transaction.isEmpty) transaction.commit(() => progress.save({ sequence, hash, format }));
    uncommitted = 0;
    if (isFile && statSync(`${options.path}-wal`).size > WAL_MAX_BYTES) checkpoint();
  }

  function checkpoint(): void {
    breakSeal(options.path);
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  function applyEvent(
    { chain: chainHere, isVoid }: SequencedRecord,
    seq: number,
    bytes: Uint8Array,
    observe: (applied: AppliedEvent) => void,
  ): Outcome {
    let event: Event;
    try {
      event = fromBinary(EventSchema, bytes);
    } catch {
      // Bytes that are no event happened to nobody, on every server alike.
      hasher.add(undefined, REFUSED_AS_MALFORMED);
      return REFUSED_AS_MALFORMED;
    }
    const { outcome, changes } = isVoid ? VOID : fold(state, event, seq);
    hasher.add(event, outcome);
    if (event.kind.case === undefined) {
      const number = unknownKindOf(event);
      // Whatever it came to: the texts of one that came to nothing have to leave the log too, and a release that reads the kind sees to that.
      if (number !== undefined) progress.addUnknownKind(number);
      if (outcome.kind === "unknown") events.add(event, seq);
      return outcome;
    }
    if (outcome.kind !== "accepted") {
      // Nothing stands for what came to nothing: no later event could ask for the erasure of its texts.
      if (withoutTexts(event)) erasures.add(seq);
      return outcome;
    }
    events.add(event, seq);
    const rows = changes.map((change) => carryOut(change, seq)).filter((row) => row !== undefined);
    observe({ seq, kind: event.kind.case, chain: chainHere, actor: roster.person(Number(event.actor)), rows });
    return outcome;
  }

  /** Carries out one change of the event at `seq`, whatever its kind. */
  function carryOut(change: RowChange, seq: number): ChangedRow | undefined {
    if ("erase" in change) {
      for (const each of change.erase) erasures.add(each);
      return undefined;
    }
    if ("delete" in change) {
      const message = messages.row(change.message);
      const clientIds = [...(message ? [message.clientId] : []), ...messages.deleteVersions(change.message)];
      if (message) for (const clientId of clientIds) events.forget(message.sender, clientId);
      return undefined;
    }
    switch (change.put) {
      case "person":
        return { table: "person", person: roster.putPerson(change.row, seq) };
      case "name":
        roster.putName(change.key, change.row);
        return undefined;
      case "conversation": {
        const conversation = roster.putConversation(change.row, seq);
        roster.touch(conversation, seq, false);
        return { table: "conversation", conversation };
      }
      case "member": {
        const { row } = change;
        const { change: membership, memberCount } = roster.putMember(row, seq);
        const conversation = conversationOf(row.conversation);
        roster.touch(conversation, seq, false);
        const person = roster.person(row.person);
        return person && { table: "member", conversation, person, row, change: membership, memberCount };
      }
      case "message": {
        const conversation = conversationOf(change.row.conversation);
        const body = messages.put(change.row, conversation, seq);
        roster.touch(conversation, seq, change.row.seq === seq);
        return { table: "message", body, conversation };
      }
      case "version":
        messages.putVersion(change.row);
        return undefined;
    }
  }

  function conversationOf(id: string): ConversationEntry {
    const conversation = roster.conversation(id);
    if (!conversation) throw new Error(`a row names the unknown conversation ${id}`);
    return conversation;
  }

  return {
    state,
    roster,
    messages,
    events,
    erasures,
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
    chainAt: (at) => (at === sequence ? chain : progress.chainAt(at)),
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
    scrub() {
      if (isHalfway) return;
      commitApplied();
      if (isFile) checkpoint();
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
