import { create, toBinary } from "@bufbuild/protobuf";
import { ConversationSchema } from "@chat/proto/chat/v1/conversation";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { ConversationEntry, PersonEntry, Roster } from "../projection/roster.ts";
import { encodeConversation } from "./conversation-row.ts";

const LAST_MESSAGE = ConversationSchema.field.lastMessage.number;

/** The other person of a direct conversation; oneself in one's own. Undefined for a room. */
export function peerOf(people: readonly number[], viewer: number): number | undefined {
  return people.find((id) => id !== viewer) ?? people[0];
}

/**
 * A conversation as one person gets it: an encoded chat.v1.Conversation, the row that all share followed by the caller's own fields (in protobuf, encodings
 * that stand one after the other are one message).
 *
 * @param options.lastMessage an encoded chat.v1.Message
 */
export function encodeConversationFor(
  entry: ConversationEntry,
  viewer: PersonEntry,
  options: { roster: Roster; lastMessage?: Uint8Array | undefined },
): Uint8Array {
  const { row } = entry;
  const peer = row.kind === "direct" ? peerOf(row.people, viewer.id) : undefined;
  const address = peer === undefined ? `#${row.name}` : `@${options.roster.person(peer)?.row.handle ?? ""}`;
  const own = toBinary(
    ConversationSchema,
    create(ConversationSchema, {
      // Of a removed person nothing is left to write to but the id.
      address: address === "@" ? row.id : address,
      joined: entry.members.has(viewer),
      memberCount: entry.members.size,
      sortSeq: BigInt(sortSeqOf(entry)),
    }),
  );
  const parts = [encodeConversation(row, entry.version), own];
  if (options.lastMessage) {
    const writer = new BinaryWriter();
    writer.tag(LAST_MESSAGE, WireType.LengthDelimited).bytes(options.lastMessage);
    parts.push(writer.finish());
  }
  return Buffer.concat(parts);
}

/** What lists of conversations are sorted by: the newest message, or the beginning while there is none. */
export function sortSeqOf({ lastMessageSeq, row, version }: ConversationEntry): number {
  if (lastMessageSeq > 0) return lastMessageSeq;
  return row.kind === "room" ? Number(row.id) : version;
}
