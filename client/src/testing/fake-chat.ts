import { clone, create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Cause } from "@chat/proto/chat/v1/chat_service";
import {
  ConversationKind,
  ConversationSchema,
  MemberSchema,
  type Conversation,
  type Member,
} from "@chat/proto/chat/v1/conversation";
import { MessageSchema, MessageVersionSchema, type Message, type MessageVersion } from "@chat/proto/chat/v1/message";
import { UserSchema, type User } from "@chat/proto/chat/v1/user";
import { BadRequestSchema, ErrorInfoSchema } from "@chat/proto/google/rpc/error_details";
import { Code, ConnectError } from "@connectrpc/connect";
import { directId, isConversationId, parseAddress, peopleOf } from "../address.ts";

const EDIT_MAX_MS = 7 * 24 * 3_600_000;
const REACTIONS_MAX = 20;
const PINS_MAX = 100;

/** One row that an event changed, and who is told of it. */
export type Row =
  | { readonly case: "message"; readonly value: Message }
  | { readonly case: "conversation"; readonly value: Conversation }
  | { readonly case: "member"; readonly value: Member }
  | { readonly case: "user"; readonly value: User };

export interface Happened {
  readonly seq: number;
  readonly cause: Cause;
  readonly actor: number;
  /** `to` undefined: everybody. `own`: a conversation's row carries the reader's own fields. */
  readonly rows: readonly { readonly row: Row; readonly to?: readonly number[]; readonly own?: boolean }[];
}

/** The rules of the chat over rows in memory: what the real server's projection holds, without a log behind it. */
export type FakeChat = ReturnType<typeof createFakeChat>;

/** @param onEvent hears of each event after the rows have changed */
export function createFakeChat(options: { now: () => number; onEvent: (event: Happened) => void }) {
  const { now } = options;
  const users = new Map<number, User>();
  /** Every handle and room name that was ever used. */
  const handles = new Map<string, number>();
  const names = new Map<string, string>();
  const conversations = new Map<string, Conversation>();
  const members = new Map<string, Map<number, Member>>();
  const messages = new Map<number, Message>();
  const versions = new Map<number, MessageVersion[]>();
  let head = 4095;

  /** Seqs grow and are not contiguous. */
  const nextSeq = (): number => (head += 1 + (head % 3));
  const happened = (seq: number, cause: Cause, actor: number, rows: Happened["rows"]): void =>
    options.onEvent({ seq, cause, actor, rows });

  const isIn = (id: string, person: number): boolean =>
    peopleOf(id)?.includes(person) ?? members.get(id)?.get(person)?.joined ?? false;
  const peopleIn = (id: string): number[] => [
    ...new Set(peopleOf(id) ?? [...(members.get(id)?.values() ?? [])].filter((each) => each.joined).map(personOf)),
  ];

  function userOf(person: number): User {
    return users.get(person) ?? notFound("NO_SUCH_PERSON", "There is no such person.");
  }

  function personBy(handle: string): number {
    const person = handles.get(handle.replace(/^@/, ""));
    return person ?? notFound("NO_SUCH_PERSON", "There is no such person.");
  }

  /** The id that an address or id leads to. */
  function locate(text: string, person: number): string {
    const address = parseAddress(text);
    if (address?.kind === "direct") return directId(person, personBy(address.handle));
    if (address) return names.get(address.name) ?? notFound("NO_SUCH_ROOM", "There is no such room.");
    if (!isConversationId(text)) throw new ConnectError("must be an address or an id", Code.InvalidArgument);
    const people = peopleOf(text);
    if (people && !people.includes(person)) throw refusal(Code.PermissionDenied, "NOT_YOURS", "That is others'.");
    if (people) for (const each of people) userOf(each);
    else if (!conversations.has(text)) notFound("NO_SUCH_ROOM", "There is no such room.");
    return text;
  }

  function room(text: string, person: number): Conversation {
    const id = locate(text, person);
    if (peopleOf(id)) return notFound("NO_SUCH_ROOM", "There is no such room.");
    return conversations.get(id) as Conversation;
  }

  function readable(id: string, person: number): string {
    if (!isIn(id, person)) throw refusal(Code.PermissionDenied, "NOT_A_MEMBER", "You are not in this room.");
    return id;
  }

  /** A message that the person may read, to be changed. */
  function message(seq: number, person: number): Message {
    const found = messages.get(seq);
    if (!found || !isIn(found.conversation, person)) return notFound("NO_SUCH_MESSAGE", "There is no such message.");
    return found;
  }

  function alive(found: Message): Message {
    if (found.deleted) throw refusal(Code.FailedPrecondition, "MESSAGE_DELETED", "This message was deleted.");
    return found;
  }

  function changed(found: Message, cause: Cause, actor: number, change: (next: Message) => void): Message {
    const seq = nextSeq();
    const next = clone(MessageSchema, found);
    change(next);
    next.version = BigInt(seq);
    messages.set(Number(next.seq), next);
    happened(seq, cause, actor, [{ row: { case: "message", value: next }, to: peopleIn(next.conversation) }]);
    return next;
  }

  function putMember(id: string, person: number, joined: boolean, seq: number): Member {
    const known = members.get(id) ?? new Map<number, Member>();
    members.set(id, known);
    const joinedSeq = joined ? BigInt(seq) : (known.get(person)?.joinedSeq ?? 0n);
    const count = [...known.values()].filter((each) => each.joined && personOf(each) !== person).length;
    const version = BigInt(seq);
    const row = create(MemberSchema, {
      conversation: id,
      person: BigInt(person),
      joined,
      joinedSeq,
      memberCount: count + (joined ? 1 : 0),
      version,
    });
    known.set(person, row);
    return row;
  }

  const newestIn = (id: string): Message | undefined =>
    [...messages.values()].findLast(({ conversation }) => conversation === id);

  const chat = {
    users,
    conversations,
    members,
    messages,
    isIn,
    peopleIn,
    locate,
    room,
    readable,
    personBy,
    userOf,
    message,
    newestIn,
    get head() {
      return head;
    },
    /** Ascending. */
    messagesIn: (id: string): Message[] => [...messages.values()].filter(({ conversation }) => conversation === id),
    versionsOf: (seq: number): readonly MessageVersion[] => versions.get(seq) ?? [],

    /** The row with the reader's own fields. */
    conversationFor(id: string, person: number): Conversation {
      const people = peopleOf(id);
      const row = conversations.get(id) ?? create(ConversationSchema, directRow(id, 0, now()));
      const own = clone(ConversationSchema, row);
      const peer = people && (people[0] === person ? people[1] : people[0]);
      own.address = peer === undefined ? `#${own.name}` : `@${userOf(peer).handle}`;
      own.joined = isIn(id, person);
      own.memberCount = people ? new Set(people).size : peopleIn(id).length;
      const newest = newestIn(id);
      own.sortSeq = newest?.seq ?? (people ? 0n : BigInt(id));
      if (newest && own.joined) own.lastMessage = newest;
      return own;
    },

    addPerson(handle: string, displayName: string): User {
      if (handles.has(handle)) throw refusal(Code.AlreadyExists, "HANDLE_TAKEN", "That handle is taken.", "username");
      const seq = nextSeq();
      const row = create(UserSchema, { id: BigInt(seq), handle, displayName, version: BigInt(seq) });
      users.set(seq, row);
      handles.set(handle, seq);
      happened(seq, Cause.PERSON_ADDED, seq, [{ row: { case: "user", value: row } }]);
      return row;
    },

    changePerson(person: number, change: { handle?: string | undefined; displayName?: string | undefined }): User {
      const { handle, displayName } = change;
      if (handle !== undefined && handles.has(handle) && handles.get(handle) !== person)
        throw refusal(Code.AlreadyExists, "HANDLE_TAKEN", "That handle is taken.", "username");
      const seq = nextSeq();
      const row = clone(UserSchema, userOf(person));
      if (handle !== undefined) {
        row.handle = handle;
        handles.set(handle, person);
      }
      if (displayName !== undefined) row.displayName = displayName;
      row.version = BigInt(seq);
      users.set(person, row);
      happened(seq, Cause.PERSON_CHANGED, person, [{ row: { case: "user", value: row } }]);
      return row;
    },

    removePerson(person: number): void {
      const seq = nextSeq();
      const row = create(UserSchema, { id: BigInt(person), removed: true, version: BigInt(seq) });
      users.set(person, row);
      happened(seq, Cause.PERSON_REMOVED, person, [{ row: { case: "user", value: row } }]);
    },

    post(person: number, to: string, text: string, clientId: string, replyTo?: number): Message {
      const id = readable(locate(to, person), person);
      if (replyTo !== undefined && message(replyTo, person).conversation !== id)
        return notFound("NO_SUCH_MESSAGE", "There is no such message here.");
      const seq = nextSeq();
      const row = create(MessageSchema, {
        seq: BigInt(seq),
        conversation: id,
        sender: BigInt(person),
        text,
        sentAt: timestampFromMs(now()),
        clientId,
        ...(replyTo !== undefined && { replyTo: BigInt(replyTo) }),
        version: BigInt(seq),
      });
      messages.set(seq, row);
      const to_ = peopleIn(id);
      const begun: Happened["rows"][number][] = [];
      if (!conversations.has(id)) {
        const value = create(ConversationSchema, directRow(id, seq, now()));
        conversations.set(id, value);
        begun.push({ row: { case: "conversation", value }, to: to_, own: true });
      }
      happened(seq, Cause.MESSAGE_POSTED, person, [...begun, { row: { case: "message", value: row }, to: to_ }]);
      return row;
    },

    edit(person: number, seq: number, text: string): Message {
      const found = message(seq, person);
      if (Number(found.sender) !== person) throw refusal(Code.PermissionDenied, "NOT_YOURS", "That is not yours.");
      alive(found);
      const sentMs = Number(found.sentAt?.seconds ?? 0) * 1000;
      if (now() - sentMs > EDIT_MAX_MS) throw refusal(Code.FailedPrecondition, "TOO_LATE", "It is too old to edit.");
      if (found.text === text) return found;
      const at = found.editedAt ?? found.sentAt;
      const before = create(MessageVersionSchema, { text: found.text, ...(at && { at }) });
      versions.set(seq, [...chat.versionsOf(seq), before]);
      return changed(found, Cause.MESSAGE_EDITED, person, (next) => {
        next.text = text;
        next.editedAt = timestampFromMs(now());
      });
    },

    remove(person: number, seq: number): Message {
      const found = message(seq, person);
      if (Number(found.sender) !== person) throw refusal(Code.PermissionDenied, "NOT_YOURS", "That is not yours.");
      if (found.deleted) return found;
      versions.delete(seq);
      return changed(found, Cause.MESSAGE_DELETED, person, (next) => {
        Object.assign(next, { text: "", deleted: true, reactions: [], pinned: false });
      });
    },

    react(person: number, seq: number, emoji: string): Message {
      const found = alive(message(seq, person));
      const known = found.reactions.find((each) => each.emoji === emoji);
      if (known?.people.includes(BigInt(person))) return found;
      if (!known && found.reactions.length >= REACTIONS_MAX)
        throw refusal(Code.FailedPrecondition, "TOO_MANY_REACTIONS", "There are 20 different emoji already.");
      return changed(found, Cause.REACTION_ADDED, person, (next) => {
        const same = next.reactions.find((each) => each.emoji === emoji);
        if (same) same.people.push(BigInt(person));
        else next.reactions.push({ $typeName: "chat.v1.Reaction", emoji, people: [BigInt(person)] });
      });
    },

    unreact(person: number, seq: number, emoji: string): Message {
      const found = alive(message(seq, person));
      if (!found.reactions.some((each) => each.emoji === emoji && each.people.includes(BigInt(person)))) return found;
      return changed(found, Cause.REACTION_REMOVED, person, (next) => {
        for (const each of next.reactions)
          if (each.emoji === emoji) each.people = each.people.filter((other) => other !== BigInt(person));
        next.reactions = next.reactions.filter(({ people }) => people.length > 0);
      });
    },

    pin(person: number, seq: number, pinned: boolean): Message {
      const found = message(seq, person);
      if (pinned) alive(found);
      if (found.pinned === pinned) return found;
      if (pinned && chat.messagesIn(found.conversation).filter((each) => each.pinned).length >= PINS_MAX)
        throw refusal(Code.FailedPrecondition, "TOO_MANY_PINS", "100 messages are pinned already.");
      const cause = pinned ? Cause.MESSAGE_PINNED : Cause.MESSAGE_UNPINNED;
      return changed(found, cause, person, (next) => {
        next.pinned = pinned;
      });
    },

    createRoom(person: number, room: { name: string; title: string; topic: string }): string {
      const name = room.name.replace(/^#/, "");
      if (names.has(name)) throw refusal(Code.AlreadyExists, "NAME_TAKEN", "That name is taken.", "name");
      const seq = nextSeq();
      const id = String(seq);
      const value = create(ConversationSchema, {
        id,
        kind: ConversationKind.PUBLIC_ROOM,
        name,
        title: room.title || name,
        topic: room.topic,
        creator: BigInt(person),
        createdAt: timestampFromMs(now()),
        version: BigInt(seq),
      });
      conversations.set(id, value);
      names.set(name, id);
      const member = putMember(id, person, true, seq);
      happened(seq, Cause.ROOM_CREATED, person, [
        { row: { case: "conversation", value }, to: [person], own: true },
        { row: { case: "member", value: member }, to: [person] },
      ]);
      return id;
    },

    updateRoom(
      person: number,
      text: string,
      change: { name?: string | undefined; title?: string | undefined; topic?: string | undefined },
    ): string {
      const known = room(text, person);
      readable(known.id, person);
      if (Number(known.creator) !== person) throw refusal(Code.PermissionDenied, "NOT_YOURS", "That is not your room.");
      const name = change.name?.replace(/^#/, "");
      if (name !== undefined && names.has(name) && names.get(name) !== known.id)
        throw refusal(Code.AlreadyExists, "NAME_TAKEN", "That name is taken.", "name");
      const seq = nextSeq();
      const value = clone(ConversationSchema, known);
      if (name !== undefined) {
        value.name = name;
        names.set(name, known.id);
      }
      value.title = (change.title ?? value.title) || value.name;
      value.topic = change.topic ?? value.topic;
      value.version = BigInt(seq);
      conversations.set(known.id, value);
      happened(seq, Cause.ROOM_CHANGED, person, [{ row: { case: "conversation", value }, to: peopleIn(known.id) }]);
      return known.id;
    },

    join(person: number, text: string): string {
      const { id } = room(text, person);
      if (isIn(id, person)) return id;
      const seq = nextSeq();
      const value = putMember(id, person, true, seq);
      happened(seq, Cause.MEMBER_JOINED, person, [
        { row: { case: "conversation", value: conversations.get(id) as Conversation }, to: [person], own: true },
        { row: { case: "member", value }, to: peopleIn(id) },
      ]);
      return id;
    },

    leave(person: number, text: string): string {
      const { id } = room(text, person);
      if (!isIn(id, person)) return id;
      const seq = nextSeq();
      const value = putMember(id, person, false, seq);
      happened(seq, Cause.MEMBER_LEFT, person, [{ row: { case: "member", value }, to: [...peopleIn(id), person] }]);
      return id;
    },
  };
  return chat;
}

function personOf({ person }: Member): number {
  return Number(person);
}

function directRow(id: string, version: number, createdMs: number) {
  return {
    id,
    kind: ConversationKind.DIRECT,
    people: [...new Set(peopleOf(id) ?? [])].map(BigInt),
    createdAt: timestampFromMs(createdMs),
    version: BigInt(version),
  };
}

/** What the server answers when it refuses. */
export function refusal(code: Code, reason: string, message: string, field?: string): ConnectError {
  const info = { desc: ErrorInfoSchema, value: { reason, domain: "chat.v1" } };
  return new ConnectError(message, code, undefined, [
    info,
    ...(field === undefined
      ? []
      : [{ desc: BadRequestSchema, value: { fieldViolations: [{ field, description: message }] } }]),
  ]);
}

function notFound(reason: string, message: string): never {
  throw refusal(Code.NotFound, reason, message);
}
