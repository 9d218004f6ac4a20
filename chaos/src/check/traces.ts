import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { EVENTS_PER_RECORD } from "../../../server/src/log/position.ts";
import type { Operation } from "../history.ts";
import type { Violation } from "./check.ts";
import { deletedTexts } from "./erasures.ts";
import type { Truth } from "./truth.ts";

/** What is left of those who were removed. */
export interface Traces {
  readonly violations: readonly Violation[];
  /** Read models with some of it in the unused space of their files: SQLite can leave it there when it moves rows to another page. */
  readonly notes: readonly string[];
}

/**
 * Looks for what has to be gone: the names of those who were removed, and the texts of those whose messages went with them, in every byte of the log and
 * in every row of the read models.
 *
 * @param options.records of the log, in order
 * @param options.projections files of servers that have stopped
 * @param options.due events whose texts every server still means to take out of the log
 */
export function findTraces(options: {
  operations: readonly Operation[];
  truth: Truth;
  /** First handles of those who were removed: nobody else was ever called so, and no text has them in it. */
  handles: readonly string[];
  records: readonly Uint8Array[];
  projections: readonly string[];
  due: ReadonlySet<number>;
}): Traces {
  const { operations, truth, records, projections, due } = options;
  const left = new Set(truth.removed.filter(({ withMessages }) => withMessages).map(({ person }) => person));
  const theirs = operations.filter(({ user }) => left.has(truth.person(user) ?? -1));
  const words = [...options.handles, ...deletedTexts(theirs, truth)];
  const dueRecords = new Set([...due].map((seq) => Math.floor(seq / EVENTS_PER_RECORD)));
  const violations: Violation[] = [];
  const notes: string[] = [];
  const look = (place: string, parts: Iterable<string | Uint8Array>): boolean => {
    const found = new Set([...parts].flatMap((part) => words.filter((word) => Buffer.from(part).includes(word))));
    const text = `${place} still has ${[...found].slice(0, 3).join(", ")} of somebody who was removed`;
    if (found.size > 0) violations.push({ kind: "kept", text });
    return found.size > 0;
  };
  for (const [index, data] of records.entries()) if (!dueRecords.has(index + 1)) look(`record ${index + 1}`, [data]);
  for (const path of projections) {
    if (look(path, valuesIn(path))) continue;
    const bytes = readFileSync(path);
    const residue = words.filter((word) => bytes.includes(word));
    if (residue.length > 0)
      notes.push(`${path} has ${residue.length} texts of who was removed in unused space, "${residue[0]}" for one`);
  }
  return { violations, notes };
}

/** Every text and every blob of a read model. */
function* valuesIn(path: string): Generator<string | Uint8Array> {
  const database = new DatabaseSync(path);
  try {
    for (const { name } of database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all())
      for (const row of database.prepare(`SELECT * FROM "${String(name)}"`).iterate())
        for (const value of Object.values(row))
          if (typeof value === "string" || value instanceof Uint8Array) yield value;
  } finally {
    database.close();
  }
}
