import { fromBinary } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { MessageSchema, ReactionSchema } from "@chat/proto/chat/v1/message";
import { parse as parseUuid, stringify as formatUuid } from "uuid";
import type { MessageRow } from "../domain/rows.ts";
import { writeTimestamp } from "./timestamp.ts";

const { field: FIELD } = MessageSchema;
const { emoji: EMOJI, people: PEOPLE } = ReactionSchema.field;

/**
 * A message as clients get it: an encoded chat.v1.Message. Written by hand, for it is encoded once for each change and the same bytes go into the database, every
 * stream and every page.
 */
export function encodeMessage(row: MessageRow, version: number): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(FIELD.seq.number, WireType.Varint).uint64(row.seq);
  writer.tag(FIELD.conversation.number, WireType.LengthDelimited).string(row.conversation);
  writer.tag(FIELD.sender.number, WireType.Varint).uint64(row.sender);
  if (row.text !== "") writer.tag(FIELD.text.number, WireType.LengthDelimited).string(row.text);
  writeTimestamp(writer, FIELD.sentAt.number, row.sentAt);
  writer.tag(FIELD.clientId.number, WireType.LengthDelimited).string(formatUuid(row.clientId));
  if (row.replyTo !== undefined) writer.tag(FIELD.replyTo.number, WireType.Varint).uint64(row.replyTo);
  if (row.editedAt !== undefined) writeTimestamp(writer, FIELD.editedAt.number, row.editedAt);
  if (row.deleted) writer.tag(FIELD.deleted.number, WireType.Varint).bool(true);
  for (const { emoji, people } of row.reactions) {
    writer.tag(FIELD.reactions.number, WireType.LengthDelimited).fork();
    writer.tag(EMOJI.number, WireType.LengthDelimited).string(emoji);
    writer.tag(PEOPLE.number, WireType.LengthDelimited).fork();
    for (const person of people) writer.uint64(person);
    writer.join().join();
  }
  if (row.pinned) writer.tag(FIELD.pinned.number, WireType.Varint).bool(true);
  writer.tag(FIELD.version.number, WireType.Varint).uint64(version);
  return writer.finish();
}

/** The reverse. */
export function decodeMessage(bytes: Uint8Array): MessageRow {
  const message = fromBinary(MessageSchema, bytes);
  return {
    seq: Number(message.seq),
    conversation: message.conversation,
    sender: Number(message.sender),
    text: message.text,
    sentAt: message.sentAt ? timestampMs(message.sentAt) : 0,
    clientId: new Uint8Array(parseUuid(message.clientId)),
    replyTo: message.replyTo === undefined ? undefined : Number(message.replyTo),
    editedAt: message.editedAt && timestampMs(message.editedAt),
    deleted: message.deleted,
    reactions: message.reactions.map(({ emoji, people }) => ({ emoji, people: people.map(Number) })),
    pinned: message.pinned,
  };
}

/**
 * The people that a message refers to: who sent it, and who reacted to it.
 * @param message.reacted whether anybody did: else its bytes are not looked into
 */
export function peopleIn(message: { sender: number; reacted: boolean; body: Uint8Array }): Set<number> {
  const people = new Set([message.sender]);
  if (!message.reacted) return people;
  for (const reaction of decodeMessage(message.body).reactions)
    for (const person of reaction.people) people.add(person);
  return people;
}
