import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { ChatChange, ChatMember, ChatMessage } from "@chat/client";
import type { SubscribeResponse } from "@chat/proto/chat/v1/chat_service";
import { type Conversation, ConversationKind, type Member } from "@chat/proto/chat/v1/conversation";
import type { Message } from "@chat/proto/chat/v1/message";
import type { User } from "@chat/proto/chat/v1/user";

// Rows in one form that can be compared, whether a stream, a page, the SDK or the checker's own model says so.

/** A row as somebody got it. */
export interface SeenRow {
  /** What it is: "message/8192", "member/8192/4096". */
  readonly key: string;
  readonly version: number;
  /** What stands in it, its version too. */
  readonly digest: string;
  /** Of a direct conversation: where to send to. It changes with the other person's handle, and not with the row. */
  readonly address?: string | undefined;
}

/** What a message row says. Times in ms since 1970. */
export interface MessageContent {
  readonly seq: number;
  readonly conversation: string;
  readonly sender: number;
  readonly text: string;
  readonly sentAt: number;
  readonly clientId: string;
  readonly replyTo: number | undefined;
  readonly editedAt: number | undefined;
  readonly deleted: boolean;
  readonly reactions: readonly { readonly emoji: string; readonly people: readonly number[] }[];
  readonly pinned: boolean;
}

/** What a conversation row says to somebody who is in it. */
export interface ConversationContent {
  readonly id: string;
  readonly isRoom: boolean;
  readonly name: string;
  readonly title: string;
  readonly topic: string;
  readonly people: readonly number[];
  readonly creator: number;
  readonly createdAt: number;
  readonly memberCount: number;
}

/** What the row of a person's place in a room says. */
export interface MemberContent {
  readonly conversation: string;
  readonly person: number;
  readonly joined: boolean;
  /** How many were in it then; undefined where the SDK does not tell. */
  readonly memberCount: number | undefined;
}

/** What the row of a person says. */
export interface PersonContent {
  readonly id: number;
  readonly handle: string;
  /** Empty: the handle is shown. */
  readonly displayName: string;
  readonly removed: boolean;
}

/** The row of a message. */
export function messageSeen(row: MessageContent, version: number): SeenRow {
  const reactions = row.reactions.map(({ emoji, people }) => [emoji, people]);
  const { seq, conversation, sender, text, sentAt, clientId, replyTo, editedAt, deleted, pinned } = row;
  const parts = [seq, conversation, sender, text, sentAt, clientId, replyTo ?? 0, editedAt ?? 0, deleted, pinned];
  return { key: `message/${seq}`, version, digest: JSON.stringify([...parts, reactions, version]) };
}

/** The row of a conversation. */
export function conversationSeen(row: ConversationContent, version: number): SeenRow {
  const { id, isRoom, name, title, topic, people, creator, createdAt, memberCount } = row;
  const parts = [id, isRoom, name, title, topic, people, creator, createdAt, memberCount, version];
  return { key: `conversation/${id}`, version, digest: JSON.stringify(parts) };
}

/** The row of a person's place in a room. */
export function memberSeen({ conversation, person, joined, memberCount }: MemberContent, version: number): SeenRow {
  const digest = JSON.stringify([conversation, person, joined, memberCount, version]);
  return { key: `member/${conversation}/${person}`, version, digest };
}

/** The row of a person. */
export function userSeen({ id, handle, displayName, removed }: PersonContent, version: number): SeenRow {
  return { key: `user/${id}`, version, digest: JSON.stringify([id, handle, displayName || handle, removed, version]) };
}

/** Off the wire. */
export function messageOf(row: Message): SeenRow {
  return messageSeen(
    {
      seq: Number(row.seq),
      conversation: row.conversation,
      sender: Number(row.sender),
      text: row.text,
      sentAt: msOf(row.sentAt) ?? 0,
      clientId: row.clientId,
      replyTo: row.replyTo === undefined ? undefined : Number(row.replyTo),
      editedAt: msOf(row.editedAt),
      deleted: row.deleted,
      reactions: row.reactions.map(({ emoji, people }) => ({ emoji, people: people.map(Number) })),
      pinned: row.pinned,
    },
    Number(row.version),
  );
}

/** Off the wire. */
export function userOf({ id, handle, displayName, removed, version }: User): SeenRow {
  return userSeen({ id: Number(id), handle, displayName, removed }, Number(version));
}

/** Off the wire. */
export function conversationOf(row: Conversation): SeenRow {
  const isRoom = row.kind === ConversationKind.PUBLIC_ROOM;
  const content = {
    id: row.id,
    isRoom,
    name: row.name,
    title: row.title,
    topic: row.topic,
    people: row.people.map(Number),
    creator: Number(row.creator),
    createdAt: msOf(row.createdAt) ?? 0,
    memberCount: row.memberCount,
  };
  return { ...conversationSeen(content, Number(row.version)), ...(!isRoom && { address: row.address }) };
}

function memberOf({ conversation, person, joined, memberCount, version }: Member): SeenRow {
  return memberSeen({ conversation, person: Number(person), joined, memberCount }, Number(version));
}

/** The row that a frame brings; undefined for a frame without one. */
export function rowOf({ payload }: SubscribeResponse): SeenRow | undefined {
  switch (payload.case) {
    case "message":
      return messageOf(payload.value);
    case "conversation":
      return conversationOf(payload.value);
    case "member":
      return memberOf(payload.value);
    case "user":
      return userOf(payload.value);
    case "ready":
    case "heartbeat":
    case "reset":
    case undefined:
      return undefined;
  }
}

/** As the SDK has it. */
function sdkMessageOf(row: ChatMessage): SeenRow {
  return messageSeen({ ...row, replyTo: row.replyTo, editedAt: row.editedAt }, row.version);
}

/** As the SDK has it. */
function sdkMemberOf({ conversation, person, joined, version }: ChatMember): SeenRow {
  return memberSeen({ conversation, person, joined, memberCount: undefined }, version);
}

/** What a listener of the SDK was told. A conversation is what the replica makes of it, so only its version is compared; a person has none. */
export function toldRow(change: ChatChange): SeenRow | undefined {
  switch (change.row) {
    case "message":
      return sdkMessageOf(change.message);
    case "member":
      return sdkMemberOf(change.member);
    case "conversation":
      return { key: `conversation/${change.conversation.id}`, version: change.conversation.version, digest: "" };
    case "user":
      return undefined;
  }
}

function msOf(time: Timestamp | undefined): number | undefined {
  return time && timestampMs(time);
}

/** The conversation that a row belongs to; undefined for a person's. */
export function conversationOfKey(row: SeenRow): string | undefined {
  const [table, ...rest] = row.key.split("/");
  if (table === "conversation" || table === "member") return rest[0];
  return table === "message" ? /^\[\d+,"([^"]+)"/.exec(row.digest)?.[1] : undefined;
}

/** The people of a direct conversation's id; undefined for a room's. */
export function peopleOf(id: string): readonly number[] | undefined {
  return id.includes("-") ? id.split("-").map(Number) : undefined;
}
