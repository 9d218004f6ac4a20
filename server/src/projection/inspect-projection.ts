import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { breakSeal, sealFile, sealStateOf } from "./file-seal.ts";

const SQLITE_BUSY = 5;
const SQLITE_CANTOPEN = 14;

/** How far a projection has come, and with which log. */
export interface ProjectionProgress {
  readonly epoch: string;
  readonly sequence: number;
}

/**
 * Looks at a projection's file before anything relies on it: every byte against its seal; where there is none after a stop that was not in order, its
 * structure (each about 0.5 s a million events). A damaged one is deleted, for everything in it comes from the log.
 *
 * @returns undefined where there is none, none any more, or another process has it open
 */
export function inspectProjection(path: string): ProjectionProgress | undefined {
  // A write-ahead log without its file says nothing.
  if (!existsSync(path) || existsSync(doubtsOf(path))) {
    removeProjection(path);
    return undefined;
  }
  const wasStoppedInOrder = (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) === 0;
  const seal = sealStateOf(path);
  if (seal === "damaged") {
    removeProjection(path);
    return undefined;
  }
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    if (!wasStoppedInOrder && seal === "unsealed") assertSound(database);
    const progress = database.prepare("SELECT epoch, sequence FROM progress").get();
    if (!wasStoppedInOrder) breakSeal(path); // the write-ahead log goes into the file now
    database.close();
    if (!wasStoppedInOrder || seal === "unsealed") sealFile(path);
    return progress as unknown as ProjectionProgress | undefined;
  } catch (error) {
    const code = ((error as { errcode?: number }).errcode ?? 0) & 0xff;
    const isOthers = code === SQLITE_BUSY || code === SQLITE_CANTOPEN;
    if (!isOthers) breakSeal(path);
    if (database?.isOpen) database.close();
    if (!isOthers) removeProjection(path);
    return undefined;
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

function assertSound(database: DatabaseSync): void {
  const { quick_check: found } = database.prepare("PRAGMA quick_check(1)").get() as { quick_check: string };
  if (found !== "ok") throw new Error(`the projection is damaged: ${found}`);
}
