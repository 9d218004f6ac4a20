import { BinaryReader } from "@bufbuild/protobuf/wire";
import { SubscribeResponseSchema } from "@chat/proto/chat/v1/chat_service";
import { createCursorCodec } from "../../../../server/src/log/cursor-codec.ts";

/** A frame of a Subscribe stream, without looking into its row. */
export interface RawFrame {
  /** Position of its cursor; 0 where the event goes on in the next frame. */
  readonly seq: number;
  readonly kind: "row" | "ready" | "heartbeat" | "reset" | "other";
  /** Where to go on after it. */
  readonly cursor: string;
}

/** By the field numbers of `SubscribeResponse`. */
const { field: FIELD } = SubscribeResponseSchema;
const CURSOR = FIELD.cursor.number;
const KINDS: Readonly<Record<number, RawFrame["kind"]>> = {
  [FIELD.message.number]: "row",
  [FIELD.conversation.number]: "row",
  [FIELD.member.number]: "row",
  [FIELD.user.number]: "row",
  [FIELD.ready.number]: "ready",
  [FIELD.heartbeat.number]: "heartbeat",
  [FIELD.reset.number]: "reset",
};

/** To a client a cursor is opaque; a measurement wants to know where it stands. */
const cursors = createCursorCodec("");

const PREFIX_BYTES = 5;

/** Reads what a load process wants to know of a frame: thousands of streams cannot decode every event. */
export function readFrame(message: Uint8Array): RawFrame {
  const reader = new BinaryReader(message);
  let kind: RawFrame["kind"] = "other";
  let cursor = "";
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === CURSOR) cursor = reader.string();
    else {
      kind = KINDS[field] ?? kind;
      reader.skip(type, field);
    }
  }
  return { seq: cursors.decode(cursor)?.seq ?? 0, kind, cursor };
}

/** Takes a body's chunks apart into messages. Returns what takes a chunk; `onTrailer` gets what gRPC-web ends with. */
export function envelopes(onMessage: (message: Uint8Array) => void, onTrailer: (text: string) => void) {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk: Buffer): void => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (rest.length - at >= PREFIX_BYTES) {
      const flags = rest.readUInt8(at);
      const end = at + PREFIX_BYTES + rest.readUInt32BE(at + 1);
      if (rest.length < end) break;
      const body = rest.subarray(at + PREFIX_BYTES, end);
      if (flags & 0x80) onTrailer(body.toString());
      else onMessage(body);
      at = end;
    }
    rest = rest.subarray(at);
  };
}
