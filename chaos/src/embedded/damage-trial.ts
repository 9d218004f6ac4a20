import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ChatServerProcess } from "../chat-server.ts";
import type { Violation } from "../check/check.ts";
import { checkProjections } from "../check/projections.ts";
import { DISPOSABLE, FILES, type FileKind } from "./damage.ts";
import { readStoredEntries } from "./stored-entries.ts";
import { readStoredLog, type StoredLog } from "./stored-log.ts";

/** How long a server may take to come up on a damaged directory, or to refuse. */
const VERDICT_MS = 30_000;
const POLL_MS = 50;

/** Entries that a start leaves as they are. */
const LASTING = /^(accounts|emails|keys|sessions)\//;

/** What a server made of a damaged directory. */
export interface TrialResult {
  readonly outcome: "recovered" | "refused";
  readonly violations: readonly Violation[];
}

/** What stood in the directory before it was damaged. */
export interface Intact {
  readonly log: StoredLog;
  /** How many of its records somebody was told of. The last one may have been stored in the moment of the kill, and nobody knows of it. */
  readonly known: number;
  /** What the key-value store holds. */
  readonly entries: ReadonlyMap<string, string>;
}

/** Reads what a trial is held against. The log is read from a copy of its own: reading it changes its files. */
export async function readIntact(dataDir: string, known: number): Promise<Intact> {
  return { log: readStoredLog(dataDir), known, entries: readStoredEntries(dataDir, { answered: true }) };
}

/**
 * Starts a server on a directory with one damaged file and judges what comes of it: it recovers and has everything that was acknowledged, or
 * it refuses with a message that names the file and says what to do. Nothing in between.
 */
export async function tryDamaged(options: {
  server: ChatServerProcess;
  logFile: string;
  file: FileKind;
  /** In words. */
  damage: string;
  intact: Intact;
}): Promise<TrialResult> {
  const { server, damage, intact } = options;
  const violations: Violation[] = [];
  await server.start();
  const deadline = Date.now() + VERDICT_MS;
  let reason = await server.whyNotReady();
  while (reason !== undefined && server.pid !== undefined && Date.now() < deadline) {
    await delay(POLL_MS);
    reason = await server.whyNotReady();
  }
  if (server.pid === undefined) {
    const code = await server.stop();
    violations.push(...(await judgeRefusal(options, code)));
    return { outcome: "refused", violations };
  }
  if (reason !== undefined) violations.push({ kind: "stuck", text: `${damage}: neither up nor refused: ${reason}` });
  const code = await server.stop();
  if (code !== 0) violations.push({ kind: "stuck", text: `${damage}: came up, and ended with ${String(code)}` });
  violations.push(...(await judgeRecovery(server.dataDir, damage, intact)));
  return { outcome: "recovered", violations };
}

async function judgeRefusal(
  { logFile, file, damage }: { logFile: string; file: FileKind; damage: string },
  code: number | null,
): Promise<Violation[]> {
  const output = (await readFile(logFile, "utf8")).trim();
  const [name] = FILES[file];
  if (DISPOSABLE.has(file)) return [{ kind: "stuck", text: `${damage}: refused to start: ${output.slice(-500)}` }];
  const namesFile = output.includes(name.replace(/-wal$/, ""));
  if (code !== 0 && code !== null && namesFile && /backup|Upgrade|Restore|newer release/.test(output)) return [];
  return [
    { kind: "stuck", text: `${damage}: exit code ${String(code)} without saying what to do: ${output.slice(-500)}` },
  ];
}

/** What was acknowledged is there, byte by byte; what is made from it too. */
async function judgeRecovery(dataDir: string, damage: string, intact: Intact): Promise<Violation[]> {
  const violations: Violation[] = [];
  try {
    const { epoch, records } = readStoredLog(dataDir);
    if (epoch !== intact.log.epoch)
      violations.push({ kind: "reset", text: `${damage}: the log goes by another epoch` });
    intact.log.records.forEach((record, index) => {
      const found = records[index];
      if (found ? !Buffer.from(found).equals(record) : index < intact.known)
        violations.push({ kind: "lost", text: `${damage}: record ${index + 1} is gone, without a word` });
    });
    violations.push(...checkProjections({ [damage]: join(dataDir, "projection.db") }, { epoch, records }));
  } catch (error) {
    violations.push({
      kind: "lost",
      text: `${damage}: it came up, but its log can't be read: ${(error as Error).message}`,
    });
  }
  try {
    const entries = readStoredEntries(dataDir);
    // Nobody signs in or refreshes during a trial.
    for (const [place, json] of intact.entries)
      if (LASTING.test(place) && entries.get(place) !== json)
        violations.push({ kind: "lost", text: `${damage}: it came up, but ${place} is not what it was` });
  } catch (error) {
    violations.push({ kind: "lost", text: `${damage}: its entries can't be read: ${(error as Error).message}` });
  }
  return violations;
}
