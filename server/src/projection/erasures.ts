import type { DatabaseSync } from "node:sqlite";

/** Events whose texts are to leave the log, until they have. */
export interface Erasures {
  /** Within the transaction of the event that asks for it. */
  add(seq: number): void;
  /** The oldest, at most `limit`. */
  due(limit: number): readonly number[];
  /** They are gone. */
  done(seqs: readonly number[]): void;
  readonly waiting: number;
}

/** The projection's table of them. */
export function createErasures(database: DatabaseSync): Erasures {
  const insert = database.prepare("INSERT OR IGNORE INTO erasure (seq) VALUES (?)");
  const select = database.prepare("SELECT seq FROM erasure ORDER BY seq LIMIT ?");
  const remove = database.prepare("DELETE FROM erasure WHERE seq = ?");
  const count = database.prepare("SELECT count(*) AS count FROM erasure");
  return {
    add: (seq) => void insert.run(seq),
    due: (limit) => (select.all(limit) as { seq: number }[]).map(({ seq }) => seq),
    done(seqs) {
      for (const seq of seqs) remove.run(seq);
    },
    get waiting() {
      return (count.get() as { count: number }).count;
    },
  };
}
