import type { DatabaseSync } from "node:sqlite";
import type { OpenTransaction } from "./open-transaction.ts";

/** Events whose texts are to leave the log, until it is certain that they have. */
export interface Erasures {
  /** Within the transaction of the event that asks for it. */
  add(seq: number): void;
  /** The oldest that nobody has looked at since `before` (ms since 1970), at most `limit`. */
  due(before: number, limit: number): readonly Erasure[];
  /** The log was seen without their texts. The file has it after the next commit. */
  seenErased(seqs: readonly number[], at: number): void;
  /** They are gone for certain. The file has it after the next commit. */
  done(seqs: readonly number[]): void;
  readonly waiting: number;
}

/** One of them. */
export interface Erasure {
  readonly seq: number;
  /** Whether the log was seen without its text before. */
  readonly wasErased: boolean;
}

/** The projection's table of them. What changes it goes through the transaction, which the eraser may find closed. */
export function createErasures(database: DatabaseSync, transaction: Pick<OpenTransaction, "begin" | "run">): Erasures {
  const insert = database.prepare("INSERT OR IGNORE INTO erasure (seq, erased_at) VALUES (?, NULL)");
  const select = database.prepare(
    "SELECT seq, erased_at FROM erasure WHERE erased_at IS NULL OR erased_at < ? ORDER BY seq LIMIT ?",
  );
  const update = database.prepare("UPDATE erasure SET erased_at = ? WHERE seq = ?");
  const remove = database.prepare("DELETE FROM erasure WHERE seq = ?");
  const count = database.prepare("SELECT count(*) AS count FROM erasure WHERE erased_at IS NULL");
  return {
    add: (seq) => void transaction.run(insert, seq),
    due: (before, limit) =>
      (select.all(before, limit) as { seq: number; erased_at: number | null }[]).map(({ seq, erased_at }) => ({
        seq,
        wasErased: erased_at !== null,
      })),
    seenErased(seqs, at) {
      transaction.begin();
      for (const seq of seqs) transaction.run(update, at, seq);
    },
    done(seqs) {
      transaction.begin();
      for (const seq of seqs) transaction.run(remove, seq);
    },
    get waiting() {
      return (count.get() as { count: number }).count;
    },
  };
}
