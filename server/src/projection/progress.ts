import type { DatabaseSync } from "node:sqlite";
import { CHAIN_START } from "../log/chain.ts";
import type { OpenTransaction } from "./open-transaction.ts";

/** How far the log is applied. */
export interface Progress {
  /** Of the newest applied record. */
  readonly sequence: number;
  /** State hash after it. */
  readonly hash: Uint8Array;
  /** The highest version of the record format among the applied records. */
  readonly format: number;
}

/** What the projection's file says of the log that was applied. */
export interface ProgressTable {
  /** As of the last commit. */
  read(): Progress;
  /** Within a commit. */
  save(progress: Progress): void;
  /** The value of the chain at an applied record, and at 0. */
  chainAt(sequence: number): Uint8Array | undefined;
  // What follows happens within a transaction.
  addRecord(sequence: number, chain: Uint8Array): void;
  /** An event was of this kind, which this release does not read: one that reads it makes the projection again (`schema.ts`). */
  addUnknownKind(number: number): void;
}

/** The tables of it. */
export function createProgressTable(database: DatabaseSync, transaction: Pick<OpenTransaction, "run">): ProgressTable {
  const select = database.prepare("SELECT sequence, hash, format FROM progress");
  const update = database.prepare("UPDATE progress SET sequence = ?, hash = ?, format = ?");
  const selectChain = database.prepare("SELECT chain FROM record WHERE sequence = ?");
  const insertRecord = database.prepare("INSERT INTO record (sequence, chain) VALUES (?, ?)");
  const insertKind = database.prepare("INSERT OR IGNORE INTO unknown_kind (number) VALUES (?)");
  return {
    read: () => select.get() as unknown as Progress,
    save: ({ sequence, hash, format }) => void update.run(sequence, hash, format),
    chainAt(sequence) {
      if (sequence === 0) return CHAIN_START;
      return (selectChain.get(sequence) as { chain: Uint8Array } | undefined)?.chain;
    },
    addRecord: (sequence, chain) => void transaction.run(insertRecord, sequence, chain),
    addUnknownKind: (number) => void transaction.run(insertKind, number),
  };
}
