import { mergeBySeq, type Positioned } from "./merge.ts";
import type { Projection } from "./projection.ts";

/** A stored event as the log holds it. */
export interface StoredEvent extends Positioned {
  readonly body: Uint8Array;
}

/** Replays to a person what they may see. */
export interface CatchUp {
  /**
   * The next events after a position in log order, at most `limit` of them and `maxBytes` of their bodies, but always one where there is any: those of each conversation from the event that brought the
   * person in to the one that took them out, both included.
   */
  page(handle: string, after: number, limit: number, maxBytes: number): readonly StoredEvent[];
}

/** Catch-up over the projection's tables. */
export function createCatchUp(projection: Projection): CatchUp {
  const { database, roster } = projection;
  const stays = database.prepare(
    `SELECT stay.conversation, stay.from_seq, stay.to_seq FROM stay JOIN conversation ON conversation.id = stay.conversation
     WHERE stay.person = ?1 AND (stay.to_seq IS NULL OR stay.to_seq > ?2) AND conversation.last_seq > ?2`,
  );
  const events = database.prepare(
    "SELECT seq, body FROM event WHERE conversation = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
  );

  return {
    page(handle, after, limit, maxBytes) {
      const person = roster.person(handle);
      if (!person) return [];
      const sources = (stays.all(person.row, after) as unknown as Stay[]).map((stay) => ({
        firstSeq: Math.max(after, stay.from_seq - 1),
        read: (past: number, rows: number) =>
          events.all(
            stay.conversation,
            Math.max(past, stay.from_seq - 1),
            stay.to_seq ?? Number.MAX_SAFE_INTEGER,
            rows,
          ) as unknown as StoredEvent[],
      }));
      const page: StoredEvent[] = [];
      let bytes = 0;
      for (const row of mergeBySeq(sources, { start: after, descending: false })) {
        bytes += row.body.length;
        if (page.length > 0 && bytes > maxBytes) break;
        page.push(row);
        if (page.length === limit) break;
      }
      return page;
    },
  };
}

interface Stay {
  readonly conversation: number;
  readonly from_seq: number;
  readonly to_seq: number | null;
}
