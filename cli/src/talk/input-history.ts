import { readFile, rename, rm, writeFile } from "node:fs/promises";

/** As many lines are kept, and none that is longer: what was pasted is in the conversation. */
export const HISTORY_LINES = 200;
const LINE_MAX_LENGTH = 2_000;
const FILE_MODE = 0o600;

/** Lines that were written in conversations, newest first. Passwords are asked for by prompts, which know no history. */
export interface InputHistory {
  readonly lines: readonly string[];
  /** Takes the lines as they are now. */
  remember(lines: readonly string[]): void;
}

/** A history that outlives the program. */
export interface StoredHistory extends InputHistory {
  /** Resolves when all is written. Never rejects: without a file the lines last as long as the program. */
  flush(): Promise<void>;
}

/** Reads the history in a file; one that isn't there or can't be read is empty. Other processes may write the same file. */
export async function openInputHistory(file: string): Promise<StoredHistory> {
  const lines = await readLines(file);
  let writing = Promise.resolve();
  return {
    lines,
    remember(now) {
      const added = now.filter((line) => !lines.includes(line));
      lines.splice(0, lines.length, ...now);
      if (now.length === 0) return;
      // The newest may be one that there was.
      const newest = added.length === 0 ? now.slice(0, 1) : added;
      writing = writing.then(() => add(file, newest)).catch(() => {}); // a full or read-only disk: see `flush`
    },
    flush: () => writing,
  };
}

/** Deletes the history, where there is one. */
export async function forgetInputHistory(file: string): Promise<void> {
  await rm(file, { force: true });
}

async function add(file: string, newest: readonly string[]): Promise<void> {
  const kept = [...new Set([...newest, ...(await readLines(file))])].filter(({ length }) => length <= LINE_MAX_LENGTH);
  const draft = `${file}.${process.pid}.new`;
  await writeFile(draft, `${JSON.stringify(kept.slice(0, HISTORY_LINES), undefined, 2)}\n`, { mode: FILE_MODE });
  await rename(draft, file);
}

async function readLines(file: string): Promise<string[]> {
  try {
    const parsed: unknown = JSON.parse(await readFile(file, "utf8"));
    return Array.isArray(parsed) ? parsed.filter((line) => typeof line === "string").slice(0, HISTORY_LINES) : [];
  } catch {
    return []; // not there yet, or damaged: then it begins again
  }
}
