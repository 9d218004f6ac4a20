import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { ConversationKind, ConversationSchema } from "@chat/proto/chat/v1/conversation";
import { conversationFacts } from "@chat/proto/conversation-facts";
import type { ConversationRow } from "../domain/rows.ts";

/** What everybody gets of a conversation: an encoded chat.v1.Conversation without the caller's own fields. A room without a title is shown by its name. */
export function encodeConversation(row: ConversationRow, version: number): Uint8Array {
  const title = row.kind === "room" && row.title === "" ? row.name : row.title;
  return encode({ ...messageOf(row), title, version: BigInt(version) });
}

/** The row as the projection stores it, in the same message. */
export function encodeConversationRow(row: ConversationRow): Uint8Array {
  return encode(messageOf(row));
}

/** The reverse. */
export function decodeConversationRow(bytes: Uint8Array): ConversationRow {
  const conversation = fromBinary(ConversationSchema, bytes);
  const { kind, people, creator, createdAt } = conversation;
  return {
    ...conversationFacts(conversation),
    kind: kind === ConversationKind.DIRECT ? "direct" : "room",
    people: people.map(Number),
    creator: Number(creator),
    createdAt: createdAt ? timestampMs(createdAt) : 0,
  };
}

function messageOf({ kind, people, creator, createdAt, ...facts }: ConversationRow): ConversationInit {
  return {
    ...facts,
    kind: kind === "room" ? ConversationKind.PUBLIC_ROOM : ConversationKind.DIRECT,
    people: people.map(BigInt),
    creator: BigInt(creator),
    createdAt: timestampFromMs(createdAt),
  };
}

function encode(conversation: ConversationInit): Uint8Array {
  return toBinary(ConversationSchema, create(ConversationSchema, conversation));
}

type ConversationInit = Exclude<MessageInitShape<typeof ConversationSchema>, { readonly $typeName: string }>;
