import { readFileSync } from "node:fs";
import { EVENTS_PER_RECORD } from "../../../server/src/log/position.ts";
import type { Operation } from "../history.ts";
import type { Violation } from "./check.ts";
import { deletedTexts } from "./erasures.ts";
import type { Truth } from "./truth.ts";

/**
 * Looks for what has to be gone, byte by byte: the names of those who were removed, and the texts of those whose messages went with them.
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
}): Violation[] {
  const { operations, truth, records, due } = options;
  const left = new Set(truth.removed.filter(({ withMessages }) => withMessages).map(({ person }) => person));
  const theirs = operations.filter(({ user }) => left.has(truth.person(user) ?? -1));
  const words = [...options.handles, ...deletedTexts(theirs, truth)];
  const dueRecords = new Set([...due].map((seq) => Math.floor(seq / EVENTS_PER_RECORD)));
  const places: [place: string, bytes: Uint8Array][] = [
    ...records
      .map((data, index): [string, Uint8Array] => [`record ${index + 1}`, data])
      .filter((_, index) => !dueRecords.has(index + 1)),
    ...options.projections.map((path): [string, Uint8Array] => [path, readFileSync(path)]),
  ];
  return places.flatMap(([place, data]) => {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const found = words.filter((word) => bytes.includes(word));
    const text = `${place} still has ${found.slice(0, 3).join(", ")} of somebody who was removed`;
    return found.length === 0 ? [] : [{ kind: "kept", text }];
  });
}
