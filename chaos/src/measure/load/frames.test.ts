import { create, toBinary } from "@bufbuild/protobuf";
import { SubscribeResponseSchema } from "@chat/proto/chat/v1/chat_service";
import { createCursorCodec } from "../../../../server/src/log/cursor-codec.ts";
import { describe, expect, it } from "vitest";
import { envelopes, readFrame } from "./frames.ts";

type Payload = Parameters<typeof create<typeof SubscribeResponseSchema>>[1];

function enveloped(message: Uint8Array, flags = 0): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(flags);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

const frame = (input: Payload): Uint8Array => toBinary(SubscribeResponseSchema, create(SubscribeResponseSchema, input));
const cursorAt = (seq: number): string => createCursorCodec("epoch").encode(seq, new Uint8Array(16));
const C7 = cursorAt(7);
const READY = frame({ cursor: C7, payload: { case: "ready", value: { heartbeatMs: 20_000 } } });
const ROW = frame({ cursor: cursorAt(2 ** 40), actor: 5n, payload: { case: "message", value: { text: "hi" } } });
const MIDDLE = frame({ payload: { case: "conversation", value: { id: "8192" } } });
const HEARTBEAT = frame({ cursor: C7, payload: { case: "heartbeat", value: {} } });
const RESET = frame({ cursor: C7, payload: { case: "reset", value: { reason: "another log" } } });

describe("a frame read raw", () => {
  it("has its position, kind and cursor", () => {
    expect(readFrame(READY)).toEqual({ seq: 7, kind: "ready", cursor: C7 });
    expect(readFrame(ROW)).toMatchObject({ seq: 2 ** 40, kind: "row" });
    expect(readFrame(MIDDLE)).toEqual({ seq: 0, kind: "row", cursor: "" });
    expect(readFrame(HEARTBEAT).kind).toBe("heartbeat");
    expect(readFrame(RESET).kind).toBe("reset");
  });
});

describe("envelopes", () => {
  it("are taken apart wherever the chunks are cut", () => {
    const body = Buffer.concat([
      enveloped(READY),
      enveloped(ROW),
      enveloped(HEARTBEAT),
      enveloped(Buffer.from("grpc-status: 14\r\n"), 0x80),
    ]);
    for (let size = 1; size <= body.length; size++) {
      const kinds: string[] = [];
      const trailers: string[] = [];
      const take = envelopes(
        (message) => kinds.push(readFrame(message).kind),
        (text) => trailers.push(text),
      );
      for (let at = 0; at < body.length; at += size) take(body.subarray(at, at + size));
      expect(kinds).toEqual(["ready", "row", "heartbeat"]);
      expect(trailers).toEqual(["grpc-status: 14\r\n"]);
    }
  });
});
