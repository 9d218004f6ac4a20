import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { createChainWalk } from "../../../server/src/log/chain.ts";
import { decodeRecord } from "../../../server/src/log/record-codec.ts";
import { createProjection } from "../../../server/src/projection/projection.ts";
import type { Violation } from "./check.ts";

/** What is still to be erased from the log: done at another time on each server, and from the beginning for one that reads the erased log. */
const ERASURES = "erasure";

/** Tables of a projection, each with one digest of all its rows. */
type TableDigests = ReadonlyMap<string, { readonly rows: number; readonly digest: string }>;

/**
 * Holds the projections of servers that have stopped against one that is made anew from the log, row by row.
 * @param paths `projection.db` of each server, by its name
 */
export function checkProjections(
  paths: Readonly<Record<string, string>>,
  log: { readonly epoch: string; readonly records: readonly Uint8Array[] },
): Violation[] {
  const fresh = createProjection({ path: ":memory:", epoch: log.epoch });
  try {
    const walk = createChainWalk(fresh);
    for (const [index, data] of log.records.entries()) fresh.apply([walk(index + 1, decodeRecord(data))], () => {});
    fresh.commit();
    const expected = digestsOf(fresh.database);
    return Object.entries(paths).flatMap(([name, path]) => {
      const database = new DatabaseSync(path);
      try {
        return differences(name, digestsOf(database), expected);
      } finally {
        database.close();
      }
    });
  } finally {
    fresh.close();
  }
}

/** Events whose texts all of these servers still mean to take out of the log. @param paths as above */
export function dueErasures(paths: Readonly<Record<string, string>>): Set<number> {
  const each = Object.values(paths).map((path) => {
    const database = new DatabaseSync(path);
    try {
      return new Set(
        database
          .prepare(`SELECT seq FROM ${ERASURES}`)
          .all()
          .map((row) => Number(row["seq"])),
      );
    } finally {
      database.close();
    }
  });
  const [first = new Set<number>(), ...others] = each;
  return new Set([...first].filter((seq) => others.every((other) => other.has(seq))));
}

function differences(name: string, found: TableDigests, expected: TableDigests): Violation[] {
  const tables = new Set([...found.keys(), ...expected.keys()]);
  tables.delete(ERASURES);
  return [...tables].flatMap((table): Violation[] => {
    const one = found.get(table);
    const other = expected.get(table);
    if (one?.digest === other?.digest) return [];
    const text = `${name}'s table ${table} (${one?.rows ?? "no"} rows) differs from one made anew (${other?.rows ?? "no"} rows)`;
    return [{ kind: "diverged", text }];
  });
}

function digestsOf(database: DatabaseSync): TableDigests {
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    .all() as { name: string }[];
  return new Map(
    tables.map(({ name }) => {
      const rows = database
        .prepare(`SELECT * FROM "${name}"`)
        .all()
        .map((row) => JSON.stringify(row, (_, value: unknown) => (value instanceof Uint8Array ? hexOf(value) : value)))
        .sort();
      const hash = createHash("sha256");
      for (const row of rows) hash.update(row).update("\n");
      return [name, { rows: rows.length, digest: hash.digest("hex") }];
    }),
  );
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
