import { create, toBinary } from "@bufbuild/protobuf";
import { MemberSchema } from "@chat/proto/chat/v1/conversation";
import { UserSchema } from "@chat/proto/chat/v1/user";
import { lookOf } from "../auth/look.ts";
import type { MemberRow, PersonRow } from "../domain/rows.ts";

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
