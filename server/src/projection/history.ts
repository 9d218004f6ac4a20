import type { StatementSync } from "node:sqlite";
import { fromBinary } from "@bufbuild/protobuf";
import { type Event, EventSchema } from "@chat/proto/chat/v1/event";
import { mergeBySeq, type Positioned } from "./merge.ts";
import type { Projection } from "./projection.ts";
import type { ConversationEntry, PersonEntry } from "./roster.ts";
import { MESSAGE_KIND } from "./state-hash.ts";

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
  /** Stored bytes of a page, unless its first message alone has more. */
  readonly maxBytes: number;
  readonly direction: "sent" | "received" | "both";
  /** Only messages sent then or later, ms since 1970. */
  readonly since: number | undefined;
}

/** A page, ascending by seq. */
export interface HistoryPage {
  readonly messages: readonly { readonly seq: number; readonly event: Event }[];
  /** Whether there is more: newer with `after` alone, else older. */
  readonly hasMore: boolean;
}

/** Reads pages of messages. */
export interface History {
  page(query: HistoryQuery): HistoryPage;
}

interface Row extends Positioned {
  readonly body: Uint8Array;
}

interface OwnRow extends Row {
  readonly conversation: number;
}

const MAX_SEQ = Number.MAX_SAFE_INTEGER;

/** History over the projection's tables; every query runs on an index (see the tests, which assert the plans). */
export function createHistory(projection: Projection): History {
  const { database } = projection;
  const statements = historyStatements((sql) => database.prepare(sql));
  const highAtFrom = database.prepare("SELECT high_at FROM event WHERE seq >= ? ORDER BY seq LIMIT 1");

  /** The first seq from which on an event may have been sent at `since` or later, found by bisection: high_at grows with seq. */
  function firstSeqSince(since: number): number {
    let low = 0;
    let high = projection.seq + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = highAtFrom.get(middle) as { high_at: number } | undefined;
      if (row && row.high_at < since) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function* rows(query: HistoryQuery, low: number, high: number, descending: boolean): Generator<Row> {
    const order = descending ? "descending" : "ascending";
    const read = (conversation: ConversationEntry, past: number, limit: number): Row[] => {
      const bounds = descending ? [low, Math.min(past, high)] : [Math.max(past, low), high];
      const who = query.direction === "both" ? [] : [query.person.row];
      return statements[query.direction][order].all(conversation.row, ...bounds, ...who, limit) as unknown as Row[];
    };
    const start = descending ? high : low;
    if (!query.conversation && query.direction === "sent") {
      const current = new Set([...query.person.conversations].map((conversation) => conversation.row));
      const own = {
        firstSeq: start,
        read: (past: number, limit: number) => {
          const bounds = descending ? [low, Math.min(past, high)] : [Math.max(past, low), high];
          return statements.own[order].all(query.person.row, ...bounds, limit) as unknown as OwnRow[];
        },
      };
      for (const row of mergeBySeq<OwnRow>([own], { start, descending })) if (current.has(row.conversation)) yield row;
      return;
    }
    const conversations = query.conversation ? [query.conversation] : query.person.conversations;
    const sources = [];
    for (const conversation of conversations) {
      if (conversation.lastMessageSeq <= low) continue;
      sources.push({
        firstSeq: descending ? conversation.lastMessageSeq : low,
        read: (past: number, limit: number) => read(conversation, past, limit),
      });
    }
    yield* mergeBySeq<Row>(sources, { start, descending });
  }

  return {
    page(query) {
      const ascending = query.after !== undefined && query.before === undefined;
      const since = query.since === undefined ? 0 : firstSeqSince(query.since) - 1;
      const low = Math.max(query.after ?? 0, since);
      const high = query.before ?? MAX_SEQ;
      const messages: { seq: number; event: Event }[] = [];
      let hasMore = false;
      let bytes = 0;
      for (const row of rows(query, low, high, !ascending)) {
        const event = fromBinary(EventSchema, row.body);
        if (query.since !== undefined && sentAtMs(event) < query.since) continue;
        bytes += row.body.length;
        if (messages.length === query.limit || (messages.length > 0 && bytes > query.maxBytes)) {
          hasMore = true;
          break;
        }
        messages.push({ seq: row.seq, event });
      }
      if (!ascending) messages.reverse();
      return { messages, hasMore };
    },
  };
}

/** The appending server's clock, ms since 1970. */
export function sentAtMs(event: Event): number {
  return event.at ? Number(event.at.seconds) * 1_000 + Math.floor(event.at.nanos / 1e6) : 0;
}

type Order = "ascending" | "descending";

/** The statements behind a page: by conversation and by whom, or the person's own wherever they are. */
export function historyStatements(
  prepare: (sql: string) => StatementSync,
): Record<HistoryQuery["direction"] | "own", Record<Order, StatementSync>> {
  const select = (columns: string, where: string): Record<Order, StatementSync> => {
    const sql = (order: "ASC" | "DESC"): string =>
      `SELECT ${columns} FROM event WHERE ${where} AND kind = ${MESSAGE_KIND} ORDER BY seq ${order} LIMIT ?`;
    return { ascending: prepare(sql("ASC")), descending: prepare(sql("DESC")) };
  };
  // A unary plus keeps a term from choosing the index: the pages of one conversation are read along that conversation.
  const inConversation = "conversation = ? AND seq > ? AND seq < ?";
  return {
    both: select("seq, body", inConversation),
    sent: select("seq, body", `${inConversation} AND +actor = ?`),
    received: select("seq, body", `${inConversation} AND +actor <> ?`),
    own: select("seq, conversation, body", "actor = ? AND seq > ? AND seq < ?"),
  };
}
