import { mergeBySeq, type MergeSource, type Positioned } from "./merge.ts";
import type { Projection } from "./projection.ts";
import type { ConversationEntry, PersonEntry } from "./roster.ts";

/** A row that changed, at the place of the change. */
export type CaughtUpRow = Positioned & {
  readonly row:
    | { readonly table: "message"; readonly sender: number; readonly reacted: boolean; readonly body: Uint8Array }
    | { readonly table: "conversation"; readonly conversation: ConversationEntry }
    | {
        readonly table: "member";
        readonly conversation: string;
        readonly person: number;
        readonly joined: boolean;
        readonly joinedSeq: number;
        readonly memberCount: number;
      }
    | { readonly table: "person"; readonly person: PersonEntry };
};

/** Replays to a person what changed that they may see. */
export interface CatchUp {
  /**
   * The next rows that changed after a position, each once and as it now stands, in the order of their last changes: about `limit` of them and `maxBytes` of messages, and never only a part
   * of those that one event changed. Of a conversation that the person came into meanwhile it begins there; of one that they left
   * it tells that they did.
   */
  page(person: number, after: number, limit: number, maxBytes: number): readonly CaughtUpRow[];
}

/** A page is bounded by bytes, and a few long messages fill it. */
const FIRST_ROWS = 4;

/** Where rows stand at the same position, conversations go first: what follows refers to them. */
const RANK = { conversation: 0, member: 1, message: 2, person: 3 } as const;

/** Catch-up over the projection's tables. */
export function createCatchUp(projection: Projection): CatchUp {
  const { database, roster } = projection;
  const posted = database.prepare(
    "SELECT seq, sender, reacted, body FROM message WHERE conversation = ? AND seq > ? AND version = seq ORDER BY seq LIMIT ?",
  );
  const changed = database.prepare(
    "SELECT version AS seq, sender, reacted, body FROM message WHERE conversation = ? AND version > ? AND version <> seq ORDER BY version LIMIT ?",
  );
  const members = database.prepare(
    "SELECT version AS seq, person, joined, joined_seq, member_count FROM member WHERE conversation = ? AND version > ? ORDER BY version LIMIT ?",
  );
  const newestMember = database.prepare("SELECT max(version) AS seq FROM member WHERE conversation = ?");
  // All that one event left come together: what is read next begins after its seq.
  const left = database.prepare(
    `SELECT member.version AS seq, conversation.id AS conversation, member.joined_seq, member.member_count FROM member
     JOIN conversation ON conversation.number = member.conversation
     WHERE member.person = :person AND member.version > :past AND member.joined = 0 AND member.version <= ifnull(
       (SELECT version FROM member WHERE person = :person AND version > :past AND joined = 0 ORDER BY version LIMIT 1 OFFSET :limit - 1),
       ${Number.MAX_SAFE_INTEGER})
     ORDER BY member.version`,
  );
  const people = database.prepare("SELECT version AS seq, id FROM person WHERE version > ? ORDER BY version LIMIT ?");

  function* sourcesOf(person: PersonEntry, after: number): Generator<MergeSource<CaughtUpRow>> {
    for (const conversation of person.conversations) {
      const joinedSeq = conversation.members.get(person) ?? 0;
      if (conversation.lastChangeSeq > after) yield* sourcesIn(conversation, joinedSeq, after);
    }
    yield {
      firstSeq: after,
      rank: RANK.member,
      read: (past, limit) =>
        (left.all({ person: person.id, past, limit }) as unknown as StoredLeft[]).map(
          ({ seq, conversation, joined_seq, member_count }) => ({
            seq,
            row: {
              table: "member",
              conversation,
              person: person.id,
              joined: false,
              joinedSeq: joined_seq,
              memberCount: member_count,
            },
          }),
        ),
    };
    yield {
      firstSeq: after,
      rank: RANK.person,
      read: (past, limit) => acquaintances(person, past, limit),
    };
  }

  function* sourcesIn(
    conversation: ConversationEntry,
    joinedSeq: number,
    after: number,
  ): Generator<MergeSource<CaughtUpRow>> {
    const { number, id, row } = conversation;
    const start = Math.max(after, joinedSeq - 1);
    const memberSeq = row.kind === "room" ? ((newestMember.get(number) as { seq: number | null }).seq ?? 0) : 0;
    const conversationSeq = Math.max(conversation.version, joinedSeq, memberSeq);
    if (conversationSeq > after) {
      yield {
        firstSeq: conversationSeq,
        rank: RANK.conversation,
        read: (past) =>
          past < conversationSeq ? [{ seq: conversationSeq, row: { table: "conversation", conversation } }] : [],
      };
    }
    if (row.kind === "room" && memberSeq > start) {
      yield {
        firstSeq: start,
        rank: RANK.member,
        read: (past, limit) =>
          (members.all(number, Math.max(past, start), limit) as unknown as StoredMember[]).map(
            ({ seq, person, joined, joined_seq, member_count }) => ({
              seq,
              row: {
                table: "member",
                conversation: id,
                person,
                joined: joined === 1,
                joinedSeq: joined_seq,
                memberCount: member_count,
              },
            }),
          ),
      };
    }
    for (const statement of [posted, changed]) {
      yield {
        firstSeq: start,
        rank: RANK.message,
        read: (past, limit) =>
          (statement.all(number, Math.max(past, start), limit) as unknown as StoredMessage[]).map(
            ({ seq, sender, reacted, body }) => ({
              seq,
              row: { table: "message", sender, reacted: reacted === 1, body },
            }),
          ),
      };
    }
  }

  /** Of those whose rows changed, the ones whom the person shares a conversation with. */
  function acquaintances(person: PersonEntry, past: number, limit: number): CaughtUpRow[] {
    const found: CaughtUpRow[] = [];
    for (let from = past; ;) {
      const rows = people.all(from, limit) as unknown as { seq: number; id: number }[];
      for (const { seq, id } of rows) {
        from = seq;
        const other = roster.person(id);
        if (!other || !knows(person, other)) continue;
        found.push({ seq, row: { table: "person", person: other } });
        // Fewer rows than asked for would be the source's end.
        if (found.length === limit) return found;
      }
      if (rows.length < limit) return found;
    }
  }

  return {
    page(id, after, limit, maxBytes) {
      const person = roster.person(id);
      if (!person) return [];
      const page: CaughtUpRow[] = [];
      let bytes = 0;
      for (const row of mergeBySeq(sourcesOf(person, after), {
        start: after,
        descending: false,
        firstRows: FIRST_ROWS,
      })) {
        const last = page.at(-1);
        if (last && row.seq !== last.seq && (page.length >= limit || bytes >= maxBytes)) break;
        if (row.row.table === "message") bytes += row.row.body.length;
        page.push(row);
      }
      return page;
    },
  };
}

function knows(person: PersonEntry, other: PersonEntry): boolean {
  if (person === other) return true;
  const [few, many] = person.conversations.size < other.conversations.size ? [person, other] : [other, person];
  for (const conversation of few.conversations) if (many.conversations.has(conversation)) return true;
  return false;
}

interface StoredMessage extends Positioned {
  readonly sender: number;
  readonly reacted: number;
  readonly body: Uint8Array;
}

interface StoredMember extends Positioned {
  readonly person: number;
  readonly joined: number;
  readonly joined_seq: number;
  readonly member_count: number;
}

interface StoredLeft extends Positioned {
  readonly conversation: string;
  readonly joined_seq: number;
  readonly member_count: number;
}
