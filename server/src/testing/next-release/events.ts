import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { type Event, EventSchema, MessagePinnedSchema, ReactionAddedSchema } from "@chat/proto/chat/log/v1/event";
import { event } from "../events.ts";
import { FLAGGED, NOTE_EMOJI, NOTED } from "./next-release.ts";

/** A note about a message, as the next release writes it and this one reads it: it fits into version 1 of the record format. */
export const noted = (actor: number, conversation: string, id: number, seq: number): Event =>
  ofKind(
    NOTED,
    event(actor, conversation, id, { case: undefined }),
    toBinary(ReactionAddedSchema, create(ReactionAddedSchema, { seq: BigInt(seq), emoji: NOTE_EMOJI })),
  );

/** The next release's way of pinning, which needs version 2. */
export const flagged = (actor: number, conversation: string, id: number, seq: number): Event =>
  ofKind(
    FLAGGED,
    event(actor, conversation, id, { case: undefined }),
    toBinary(MessagePinnedSchema, create(MessagePinnedSchema, { seq: BigInt(seq) })),
  );

function ofKind(number: number, frame: Event, value: Uint8Array): Event {
  const field = new BinaryWriter().tag(number, WireType.LengthDelimited).bytes(value).finish();
  return fromBinary(EventSchema, Buffer.concat([toBinary(EventSchema, frame), field]));
}
