import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { CHAIN_START } from "../log/chain.ts";
import type { KnownPast } from "../log/continuity.ts";
import { isDamage, unreadable } from "./damage.ts";
import { breakSeal, sealFile, sealStateOf } from "./file-seal.ts";

const SQLITE_BUSY = 5;

/**
 * Looks at a projection's file before anything relies on it: every byte against its seal; where there is none after a stop that was not in order, its
 * structure (each about 0.5 s a million events). A damaged one is deleted, for everything in it comes from the log.
 *
 * @returns undefined where there is none, none any more, or another process has it open
 * @throws ChatError `unavailable` where the disk does not let it be read: it is left as it is
 */
export function inspectProjection(path: string): KnownPast | undefined {
  // A write-ahead log without its file says nothing.
  if (!existsSync(path) || existsSync(doubtsOf(path))) {
    removeProjection(path);
    return undefined;
  }
  const wasStoppedInOrder = (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) === 0;
  let database: DatabaseSync | undefined;
  try {
    const seal = sealStateOf(path);
    if (seal === "damaged") {
      removeProjection(path);
      return undefined;
    }
    database = new DatabaseSync(path);
    if (!wasStoppedInOrder && seal === "unsealed") assertSound(database);
    const past = readPast(database);
    if (!wasStoppedInOrder) breakSeal(path); // the write-ahead log goes into the file now
    database.close();
    if (!wasStoppedInOrder || seal === "unsealed") sealFile(path);
    return past;
  } catch (error) {
    const isDamaged = isDamage(error);
    if (isDamaged) breakSeal(path);
    if (database?.isOpen) database.close();
    if (isDamaged) removeProjection(path);
    else if (!isBusy(error)) throw unreadable(path, error);
    return undefined;
  }
}

/** What stands in a projection, without touching it. `in-use` while a server has it open; undefined where there is none that can be read. */
export function readProjectionPast(path: string): KnownPast | "in-use" | undefined {
  if (!existsSync(path)) return undefined;
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    return readPast(database);
  } catch (error) {
    return isBusy(error) ? "in-use" : undefined;
  } finally {
    database?.close();
  }
}

/** Lets the next start make the projection anew from the log, since this one can't be relied on. Never throws. */
export function doubtProjection(path: string): void {
  try {
    writeFileSync(doubtsOf(path), "", { mode: 0o600 });
  } catch {
    // The disk is full or broken. Then the next start finds out by itself, or somebody deletes the file.
  }
}

/** Deletes a projection. */
export function removeProjection(path: string): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
  rmSync(doubtsOf(path), { force: true });
  breakSeal(path);
}

const doubtsOf = (path: string): string => `${path}.doubted`;

/** How far the projection has come, with which log, and the two newest values of its chain. */
function readPast(database: DatabaseSync): KnownPast | undefined {
  const progress = database.prepare("SELECT epoch, sequence FROM progress").get() as
    { epoch: string; sequence: number } | undefined;
  if (!progress) return undefined;
  const chain = new Map([[0, CHAIN_START]]);
  const rows = database.prepare("SELECT sequence, chain FROM record ORDER BY sequence DESC LIMIT 2").all();
  for (const row of rows) chain.set(row.sequence as number, row.chain as Uint8Array);
  return { ...progress, chainAt: (sequence) => chain.get(sequence) };
}

function isBusy(error: unknown): boolean {
  return (((error as { errcode?: number }).errcode ?? 0) & 0xff) === SQLITE_BUSY;
}

function assertSound(database: DatabaseSync): void {
  const { quick_check: found } = database.prepare("PRAGMA quick_check(1)").get() as { quick_check: string };
  if (found !== "ok") throw new Error(`the projection is damaged: ${found}`);
}
