import TinyQueue from "tinyqueue";

/** A row with a position. */
export interface Positioned {
  readonly seq: number;
}

/** One sorted source: gives the rows past a position, at most `limit`, in the merge's order. */
export interface MergeSource<Row extends Positioned> {
  /** A position that no row of the source precedes: sources are opened only when the merge gets there. */
  readonly firstSeq: number;
  /** Which of two sources goes first where their rows stand at the same position: the smaller. */
  readonly rank?: number;
  read(past: number, limit: number): Row[];
}

/** Rows that a source is asked for at most at a time: few, for rows may be long. */
export const ROWS_MAX = 64;

/**
 * Merges sorted sources by position, lazily: reads no more of a source than is taken.
 * @param options.start where to begin; rows at it are not included
 * @param options.firstRows how many rows a source is asked for first, where rows may be long: one that goes on is asked for twice as many each time
 */
export function* mergeBySeq<Row extends Positioned>(
  sources: Iterable<MergeSource<Row>>,
  options: { start: number; descending: boolean; firstRows?: number },
): Generator<Row> {
  interface Cursor {
    seq: number;
    readonly source: MergeSource<Row>;
    rows: Row[];
    at: number;
    /** How many rows it was last asked for. */
    asked: number;
  }
  const cursors: Cursor[] = [];
  for (const source of sources) cursors.push({ seq: source.firstSeq, source, rows: [], at: -1, asked: 0 });
  const sign = options.descending ? -1 : 1;
  const queue = new TinyQueue(
    cursors,
    (one, other) => sign * (one.seq - other.seq || (one.source.rank ?? 0) - (other.source.rank ?? 0)),
  );

  function advance(cursor: Cursor, past: number): void {
    cursor.at++;
    if (cursor.at >= cursor.rows.length) {
      const isExhausted = cursor.rows.length > 0 && cursor.rows.length < cursor.asked;
      cursor.asked = Math.min(2 * cursor.asked || (options.firstRows ?? ROWS_MAX), ROWS_MAX);
      cursor.rows = isExhausted ? [] : cursor.source.read(past, cursor.asked);
      cursor.at = 0;
    }
    const row = cursor.rows[cursor.at];
    if (!row) return;
    cursor.seq = row.seq;
    queue.push(cursor);
  }

  for (let cursor = queue.pop(); cursor; cursor = queue.pop()) {
    const row = cursor.rows[cursor.at];
    if (row) yield row;
    advance(cursor, row?.seq ?? options.start);
  }
}
