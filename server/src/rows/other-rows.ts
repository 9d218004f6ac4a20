import { create, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { ConversationKind, ConversationSchema, MemberSchema } from "@chat/proto/chat/v1/conversation";
import { UserSchema } from "@chat/proto/chat/v1/user";
import { lookOf } from "../auth/look.ts";
import type { ConversationRow, MemberRow, PersonRow } from "../domain/rows.ts";

/** A person as clients get them: an encoded chat.v1.User. */
export function encodeUser({ id, handle, displayName, removed }: PersonRow, version: number): Uint8Array {
  return toBinary(
    UserSchema,
    create(UserSchema, {
      id: BigInt(id),
      handle,
      displayName: displayName === "" ? handle : displayName,
      removed,
      ...(!removed && { nameLook: lookOf(displayName === "" ? handle : displayName), handleLook: lookOf(handle) }),
      version: BigInt(version),
    }),
  );
}

/** What everybody gets of a conversation: an encoded chat.v1.Conversation without the caller's own fields. */
export function encodeConversation(row: ConversationRow, version: number): Uint8Array {
  const isRoom = row.kind === "room";
  return toBinary(
    ConversationSchema,
    create(ConversationSchema, {
      id: row.id,
      kind: isRoom ? ConversationKind.PUBLIC_ROOM : ConversationKind.DIRECT,
      name: row.name,
      title: isRoom && row.title === "" ? row.name : row.title,
      topic: row.topic,
      people: row.people.map(BigInt),
      creator: BigInt(row.creator),
      createdAt: timestampFromMs(row.createdAt),
      version: BigInt(version),
    }),
  );
}

/**
 * A person's place in a room as clients get it: an encoded chat.v1.Member.
 * @param memberCount how many were in the room once the row had changed
 */
export function encodeMember(
  { conversation, person, joined, joinedSeq }: MemberRow,
  memberCount: number,
  version: number,
): Uint8Array {
  return toBinary(
    MemberSchema,
    create(MemberSchema, {
      conversation,
      person: BigInt(person),
      joined,
      joinedSeq: BigInt(joinedSeq),
      memberCount,
      version: BigInt(version),
    }),
  );
}
