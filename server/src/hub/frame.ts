import { create, fromBinary, type MessageInitShape, toBinary, toJsonString } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { SubscribeResponseSchema } from "@chat/proto/chat/v1/chat_service";
import { EventSchema } from "@chat/proto/chat/v1/event";
import { envelope } from "../wire/envelope.ts";
import { type Payload, payload } from "../wire/payload.ts";

/** One frame of Subscribe, enveloped and ready to be written to any number of streams. */
export interface Frame {
  /** The position it carries. */
  readonly seq: number;
  /** Enveloped protobuf. */
  readonly binary: Payload;
  /** Enveloped JSON, made when the first stream asks for it. */
  readonly json: Payload;
}

const { seq: SEQ, event: EVENT, cursor: CURSOR } = SubscribeResponseSchema.field;

/**
 * The frame of a stored event: its position and the very bytes of the log, which are not encoded again.
 * @param bytes an encoded chat.v1.Event
 * @param cursor where to go on after it
 */
export function eventFrame(seq: number, bytes: Uint8Array, cursor: string): Frame {
  const writer = new BinaryWriter();
  writer.tag(SEQ.number, WireType.Varint).uint64(seq);
  writer.tag(EVENT.number, WireType.LengthDelimited).bytes(bytes);
  writer.tag(CURSOR.number, WireType.LengthDelimited).string(cursor);
  return lazyJson(seq, envelope(writer.finish()), () => ({
    seq: BigInt(seq),
    cursor,
    payload: { case: "event", value: fromBinary(EventSchema, bytes) },
  }));
}

/** The frame of anything that is not an event: ready, heartbeat, reset. */
export function controlFrame(
  seq: number,
  cursor: string,
  payload: MessageInitShape<typeof SubscribeResponseSchema>["payload"],
): Frame {
  const message = create(SubscribeResponseSchema, { seq: BigInt(seq), cursor, ...(payload && { payload }) });
  return lazyJson(seq, envelope(toBinary(SubscribeResponseSchema, message)), () => message);
}

function lazyJson(
  seq: number,
  enveloped: Uint8Array,
  message: () => MessageInitShape<typeof SubscribeResponseSchema>,
): Frame {
  let json: Payload | undefined;
  return {
    seq,
    binary: payload(enveloped),
    get json() {
      return (json ??= payload(
        envelope(Buffer.from(toJsonString(SubscribeResponseSchema, create(SubscribeResponseSchema, message())))),
      ));
    },
  };
}
