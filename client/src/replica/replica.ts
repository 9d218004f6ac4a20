import { directId, parseConversation, peopleOf } from "../address.ts";
import type { Environment } from "../environment.ts";
import type { ChatConversation, ChatMessage, ChatUser } from "../types.ts";
import { createConversationTable } from "./conversation-table.ts";
import { createMessageTable } from "./message-table.ts";
import { createPlaces } from "./places.ts";
import { createPublisher, type ReplicaChanges } from "./publisher.ts";
import type { Range } from "./ranges.ts";
import type { ConversationRow, MemberRow, UserRow } from "./rows.ts";
import { createUserTable } from "./user-table.ts";

/**
 * The rows that this client was given, by key: of two versions of a row the larger stays, so it does not matter whether a page or
 * the feed brings it, nor in which order. Beside the messages stands which parts of a conversation are known without a gap.
 *
 * A conversation's messages, and what moves them from state to state:
 *
 *            page around / before / after          newest page
 *   unknown ───────────────────────────▶ ranges ───────────────▶ ranges, the last one open to the end (LIVE)
 *      ▲                                   │  ▲                       │  ▲
 *      │         drop, leave, join         │  └──── page: adjoining ranges become one
 *      ├───────────────────────────────────┴──────────────────────────┤  │ live or catch-up row: put; inside the open range
 *      │                                                              │  └ it shows at once, outside it waits for its page
 *      └────────── trim (nobody views it): the newest stay, cut to the part they lie in
 *
 *   page          put rows, cover what it spans. Void when `mark` has changed since it was asked for: something in between dropped.
 *   live row      put. The open range needs no word of it: all that comes belongs to it.
 *   catch-up row  the same. Rows come in the order of their changes, each once; the stream was never without a position, so the open
 *                 range stays true.
 *   gap           the stream began without a cursor, or said `reset`: what came meanwhile is lost, so everything is dropped (`drop`)
 *                 and each view loads what it shows. Views keep their last rows on the screen until then.
 *   leave         the own member row says so: the messages go, nothing more comes.
 *   join          the own member row says so: messages of an earlier stay go, for others came and changed meanwhile.
 *   trim          conversations that nobody views keep the newest (`keep`), the rest can be loaded again.
 */
export interface Replica {
  /** Person id of who is signed in; 0 for nobody. */
  readonly me: number;
  /** Empties it for this person. */
  begin(me: number): void;
  /** There is a gap: all rows go. */
  drop(): void;
  putUser(row: UserRow): void;
  putMessage(message: ChatMessage): void;
  /** `source`: who says how the caller stands to it. */
  putConversation(row: ConversationRow, source: RowSource): void;
  putMember(row: MemberRow): void;
  /** The answer to leaving a room. */
  putLeft(conversation: string, mark: number): void;
  /** Everything in this range is known from now on. */
  cover(conversation: string, range: Range): void;
  /** A page that was asked for at one mark counts only while it is the same. */
  mark(conversation: string): string;
  /** For `source.answer`: taken before the call. */
  placeMark(conversation: string): number;
  user(id: number): ChatUser | undefined;
  users(): ReadonlyMap<number, ChatUser>;
  userByHandle(handle: string): ChatUser | undefined;
  conversation(id: string): ChatConversation | undefined;
  /** Ids of all conversations with a row. */
  conversations(): Iterable<string>;
  /** Whether a row is there. */
  hasConversation(id: string): boolean;
  message(seq: number): ChatMessage | undefined;
  messages(conversation: string, range: Range): readonly ChatMessage[];
  rangeAt(conversation: string, seq: number): Range | undefined;
  /** The id that an address or id leads to, where that is known. */
  resolve(text: string): string | undefined;
  /** An address (an old one too) leads to this conversation, the server said. */
  learn(address: string, id: string): void;
  /** How many newest messages a conversation may keep; LIVE: all. */
  keep: (conversation: string) => number;
  /** How many of others' messages are unseen; part of what is shown. */
  unseen: (conversation: string) => number;
  /** What is shown of it has changed otherwise. */
  touch(conversation: string): void;
  /** Once per turn, after changes. Returns what stops it. */
  listen(listener: (changes: ReplicaChanges) => void): () => void;
  /** How many messages are held. */
  readonly size: number;
}

export type RowSource = "page" | "feed" | { readonly answer: number };

/** An empty replica. */
export function createReplica({ logger }: Pick<Environment, "logger">): Replica {
  const users = createUserTable();
  const messages = createMessageTable();
  const places = createPlaces();
  const aliases = new Map<string, string>();
  const generations = new Map<string, number>();
  let era = 0;
  let me = 0;

  const publisher = createPublisher({
    before({ conversations }) {
      for (const id of conversations) messages.trim(id, replica.keep(id));
    },
    threw: (error) => logger.warn("a listener of the replica threw", { error: String(error) }),
  });
  const conversations = createConversationTable({
    me: () => me,
    user: users.get,
    place: places.get,
    newest: messages.newest,
    unseen: (id) => replica.unseen(id),
  });

  function touch(id: string): void {
    conversations.touch(id);
    publisher.conversation(id);
  }

  function dropMessages(id: string): void {
    messages.drop(id);
    generations.set(id, (generations.get(id) ?? 0) + 1);
  }

  function empty(): void {
    for (const id of conversations.ids()) publisher.conversation(id);
    era++;
    for (const table of [users, messages, conversations, places, aliases, generations]) table.clear();
    publisher.users();
  }

  function putMessage(message: ChatMessage): void {
    places.sorted(message.conversation, message.seq);
    if (messages.put(message)) touch(message.conversation);
  }

  const replica: Replica = {
    get me() {
      return me;
    },
    get size() {
      return messages.size;
    },
    keep: () => 1,
    unseen: () => 0,
    begin(next) {
      me = next;
      empty();
    },
    drop: empty,
    putUser(row) {
      if (!users.put(row)) return;
      publisher.users();
      for (const id of conversations.namedAfter(row.id)) touch(id);
    },
    putMessage,
    putConversation(row, source) {
      conversations.put(row);
      const before = places.get(row.id)?.joined;
      if (row.own) {
        if (source === "page") places.paged(row.id, row.own);
        else if (source === "feed") places.streamed(row.id, row.own);
        else places.answered(row.id, row.own, source.answer);
      } else places.sorted(row.id, row.kind === "room" ? Number(row.id) : 0);
      const isIn = places.get(row.id)?.joined;
      // Not only the feed tells of joining and leaving; what was loaded before is of an earlier stay. What a stream has told before
      // its conversation was known is of this one: that somebody else joined drops nothing.
      if (isIn !== before && (before !== undefined || typeof source === "object")) dropMessages(row.id);
      if (row.lastMessage) putMessage(row.lastMessage);
      touch(row.id);
    },
    putMember(row) {
      const { conversation, person } = row.member;
      if (places.member(row, person === me) !== "same") dropMessages(conversation);
      touch(conversation);
    },
    putLeft(conversation, mark) {
      places.answered(conversation, { joined: false }, mark);
      if (places.get(conversation)?.joined === false) dropMessages(conversation);
      touch(conversation);
    },
    cover(conversation, range) {
      messages.cover(conversation, range);
      touch(conversation);
    },
    mark: (conversation) => `${era}/${generations.get(conversation) ?? 0}`,
    placeMark: places.mark,
    user: users.get,
    users: users.all,
    userByHandle: users.byHandle,
    conversation: conversations.view,
    conversations: conversations.ids,
    hasConversation: conversations.has,
    message: messages.get,
    messages: messages.within,
    rangeAt: messages.rangeAt,
    resolve(text) {
      const address = parseConversation(text);
      if (address === undefined) return undefined;
      if (address.startsWith("#")) return conversations.byName(address.slice(1)) ?? aliases.get(address);
      if (!address.startsWith("@")) return isReadable(address, me) ? address : undefined;
      const person = users.byHandle(address.slice(1));
      return person === undefined ? aliases.get(address) : directId(me, person.id);
    },
    learn: (address, id) => void aliases.set(address, id),
    touch,
    listen: publisher.listen,
  };
  return replica;
}

/** A room's id, or that of a direct conversation of this person. */
function isReadable(id: string, me: number): boolean {
  return peopleOf(id)?.includes(me) ?? true;
}
