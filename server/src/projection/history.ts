import type { DatabaseSync, StatementSync } from "node:sqlite";
import { decodeMessage } from "../rows/message-row.ts";
import { mergeBySeq, type Positioned, ROWS_MAX } from "./merge.ts";
import type { StoredMessage } from "./messages.ts";
import type { Projection } from "./projection.ts";
import type { ConversationEntry, PersonEntry } from "./roster.ts";

/** Bytes of rows in one page: past them it ends early. */
export const PAGE_MAX_BYTES = 256 * 1024;

/** Which messages a page is made of. */
export interface HistoryQuery {
  /** Whose view. What they are not in now is not in it. */
  readonly person: PersonEntry;
  /** One of the person's conversations; undefined: all of them. */
  readonly conversation: ConversationEntry | undefined;
  /** Exclusive bounds. With `after` alone the page begins there and ascends; otherwise it ends at `before` (or now). */
  readonly before: number | undefined;
  readonly after: number | undefined;
  readonly limit: number;
  readonly direction: "sent" | "received" | "both";
  /** Only messages sent then or later, ms since 1970. */
  readonly since: number | undefined;
}

/** A message as it stands in a page. */
export interface HistoryRow extends Positioned, StoredMessage {}

/** A page, ascending by seq. */
export interface HistoryPage {
  readonly messages: readonly HistoryRow[];
  /** Whether there is more: newer with `after` alone, else older. */
  readonly hasMore: boolean;
}

/** Reads pages of messages, as they were encoded when they last changed. */
export interface History {
  page(query: HistoryQuery): HistoryPage;
  /** The pinned messages of a conversation with a smaller seq, newest first. */
  pins(conversation: ConversationEntry, before: number, limit: number): readonly HistoryRow[];
  /** The texts that a message had, oldest first, beginning after the one that the edit at `after` replaced. */
  versions(message: number, after: number, limit: number): readonly HistoryVersion[];
}

/** A text that a message had. */
export interface HistoryVersion {
  /** seq of the edit that took its place. */
  readonly replacedBy: number;
  readonly text: string;
  /** ms since 1970 */
  readonly at: number;
}

interface StoredRow extends Positioned {
  readonly conversation: number;
  readonly sender: number;
  readonly reacted: number;
  readonly body: Uint8Array;
}

const MAX_SEQ = Number.MAX_SAFE_INTEGER;

/** History over the projection's tables; every query runs on an index (see the tests, which assert the plans). */
export function createHistory(projection: Projection): History {
  const { database } = projection;
  const statements = historyStatements((sql) => database.prepare(sql));
  const firstSince = createTimeSearch(database, () => projection.seq);
  const pinned = database.prepare(
    "SELECT seq, conversation, sender, reacted, body FROM message WHERE conversation = ? AND pinned = 1 AND seq < ? ORDER BY seq DESC LIMIT ?",
  );
  const versions = database.prepare(
    "SELECT replaced_by, at, text FROM message_version WHERE message = ? AND replaced_by > ? ORDER BY replaced_by LIMIT ?",
  );

  function* rows(query: HistoryQuery, low: number, high: number, descending: boolean): Generator<StoredRow> {
    const order = descending ? "descending" : "ascending";
    const bounds = (past: number): [number, number] =>
      descending ? [low, Math.min(past, high)] : [Math.max(past, low), high];
    const start = descending ? high : low;
    if (!query.conversation && query.direction === "sent") {
      const current = new Set([...query.person.conversations].map(({ number }) => number));
      const own = {
        firstSeq: start,
        read: (past: number, limit: number) =>
          statements.own[order].all(query.person.id, ...bounds(past), limit) as unknown as StoredRow[],
      };
      for (const row of mergeBySeq<StoredRow>([own], { start, descending }))
        if (current.has(row.conversation)) yield row;
      return;
    }
    const who = query.direction === "both" ? [] : [query.person.id];
    const sources = [];
    for (const { number, lastMessageSeq } of query.conversation ? [query.conversation] : query.person.conversations) {
      if (lastMessageSeq <= low) continue;
      sources.push({
        firstSeq: descending ? lastMessageSeq : low,
        read: (past: number, limit: number) =>
          statements[query.direction][order].all(number, ...bounds(past), ...who, limit) as unknown as StoredRow[],
      });
    }
    // One row more tells whether there are more.
    yield* mergeBySeq<StoredRow>(sources, { start, descending, firstRows: Math.min(query.limit + 1, ROWS_MAX) });
  }

  return {
    page(query) {
      const ascending = query.after !== undefined && query.before === undefined;
      const since = query.since === undefined ? 0 : firstSince(query.since) - 1;
      const low = Math.max(query.after ?? 0, since);
      const high = query.before ?? MAX_SEQ;
      const messages: HistoryRow[] = [];
      let bytes = 0;
      let hasMore = false;
      for (const row of rows(query, low, high, !ascending)) {
        // Clocks differ: past the first message of that time there may be some that were stamped earlier.
        if (query.since !== undefined && decodeMessage(row.body).sentAt < query.since) continue;
        bytes += row.body.length;
        if (messages.length === query.limit || (messages.length > 0 && bytes > PAGE_MAX_BYTES)) {
          hasMore = true;
          break;
        }
        messages.push(historyRow(row));
      }
      if (!ascending) messages.reverse();
      return { messages, hasMore };
    },
    pins: (conversation, before, limit) =>
      (pinned.all(conversation.number, before, limit) as unknown as StoredRow[]).map(historyRow),
    versions: (message, after, limit) =>
      (versions.all(message, after, limit) as unknown as { replaced_by: number; at: number; text: string }[]).map(
        ({ replaced_by, at, text }) => ({ replacedBy: replaced_by, at, text }),
      ),
  };
}

function historyRow({ seq, sender, reacted, body }: StoredRow): HistoryRow {
  return { seq, sender, reacted: reacted === 1, body };
}

/** Finds the first seq from which on a message may have been sent at a time or later, by bisection: high_at grows with seq. */
function createTimeSearch(database: DatabaseSync, end: () => number): (since: number) => number {
  const highAtFrom = database.prepare("SELECT high_at FROM message WHERE seq >= ? ORDER BY seq LIMIT 1");
  return (since) => {
    let low = 0;
    let high = end() + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = highAtFrom.get(middle) as { high_at: number } | undefined;
      if (row && row.high_at < since) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

type Order = "ascending" | "descending";

/** The statements behind a page: by conversation and by whom, or the person's own wherever they are. */
function historyStatements(
  prepare: (sql: string) => StatementSync,
): Record<HistoryQuery["direction"] | "own", Record<Order, StatementSync>> {
  const select = (where: string): Record<Order, StatementSync> => {
    const sql = (order: "ASC" | "DESC"): string =>
      `SELECT seq, conversation, sender, reacted, body FROM message WHERE ${where} ORDER BY seq ${order} LIMIT ?`;
    return { ascending: prepare(sql("ASC")), descending: prepare(sql("DESC")) };
  };
  // A unary plus keeps a term from choosing the index: the pages of one conversation are read along that conversation.
  const inConversation = "conversation = ? AND seq > ? AND seq < ?";
  return {
    both: select(inConversation),
    sent: select(`${inConversation} AND +sender = ?`),
    received: select(`${inConversation} AND +sender <> ?`),
    own: select("sender = ? AND seq > ? AND seq < ?"),
  };
}
