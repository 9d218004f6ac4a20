import { create, fromBinary, type MessageInitShape, toBinary, toJsonString } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { EventSchema } from "@chat/proto/chat/log/v1/event";
import { type Cause, CauseSchema, SubscribeResponseSchema } from "@chat/proto/chat/v1/chat_service";
import type { Kind } from "../domain/kind-rules.ts";
import { envelope } from "../wire/envelope.ts";
import { type Payload, payload } from "../wire/payload.ts";

/** One frame of Subscribe, enveloped and ready to be written to any number of streams. */
export interface Frame {
  /** The seq it belongs to. */
  readonly seq: number;
  /** Whether everything up to its seq has been told with it: it carries the cursor. */
  readonly endsEvent: boolean;
  /** Enveloped protobuf. */
  readonly binary: Payload;
  /** Enveloped JSON, made when the first stream asks for it. */
  readonly json: Payload;
}

/** What a frame brings: the name of its field, and the row as it was encoded when it last changed. */
export interface FrameRow {
  readonly field: "message" | "conversation" | "member" | "user";
  readonly body: Uint8Array;
}

const { cursor: CURSOR, cause: CAUSE, actor: ACTOR, users: USERS, ...ROWS } = SubscribeResponseSchema.field;

/** Each kind's cause bears the kind's own name: `room_changed` of an event is CAUSE_ROOM_CHANGED. */
const CAUSES = new Map<Kind, Cause>(
  (EventSchema.oneofs[0]?.fields ?? []).map(({ name, localName }) => {
    const cause = CauseSchema.values.find((value) => value.name === `CAUSE_${name.toUpperCase()}`);
    if (!cause) throw new Error(`chat.v1.Cause lacks ${name}`);
    return [localName as Kind, cause.number];
  }),
);

/** What the stream calls a kind of event. */
export function causeOf(kind: Kind): Cause {
  return CAUSES.get(kind) ?? 0;
}

/**
 * The frame of one changed row: its very bytes, which are not encoded again.
 * @param options.cursor absent where more rows of the same event follow
 * @param options.users encoded chat.v1.User messages
 */
export function rowFrame(options: {
  seq: number;
  cursor: string | undefined;
  kind: Kind | undefined;
  actor: number;
  users: readonly Uint8Array[];
  row: FrameRow;
}): Frame {
  const { seq, cursor, kind, actor, users, row } = options;
  const writer = new BinaryWriter();
  if (cursor !== undefined) writer.tag(CURSOR.number, WireType.LengthDelimited).string(cursor);
  if (kind !== undefined) writer.tag(CAUSE.number, WireType.Varint).int32(causeOf(kind));
  if (actor !== 0) writer.tag(ACTOR.number, WireType.Varint).uint64(actor);
  for (const user of users) writer.tag(USERS.number, WireType.LengthDelimited).bytes(user);
  writer.tag(ROWS[row.field].number, WireType.LengthDelimited).bytes(row.body);
  return frameOf(seq, cursor !== undefined, writer.finish());
}

/** The frame of anything that is not a row: ready, heartbeat, reset. */
export function controlFrame(
  seq: number,
  cursor: string,
  payload: MessageInitShape<typeof SubscribeResponseSchema>["payload"],
): Frame {
  const message = create(SubscribeResponseSchema, { cursor, ...(payload && { payload }) });
  return frameOf(seq, true, toBinary(SubscribeResponseSchema, message));
}

function frameOf(seq: number, endsEvent: boolean, message: Uint8Array): Frame {
  let json: Payload | undefined;
  return {
    seq,
    endsEvent,
    binary: payload(envelope(message)),
    get json() {
      return (json ??= payload(
        envelope(Buffer.from(toJsonString(SubscribeResponseSchema, fromBinary(SubscribeResponseSchema, message)))),
      ));
    },
  };
}
