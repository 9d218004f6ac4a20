import { create, toBinary } from "@bufbuild/protobuf";
import { SubscribeResponseSchema } from "@chat/proto/chat/v1/chat_service";
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
const READY = frame({ seq: 7n, cursor: "c1", payload: { case: "ready", value: { heartbeatMs: 20_000 } } });
const EVENT = frame({ seq: 2n ** 40n, payload: { case: "event", value: { actor: "ada", conversation: "#room" } } });
const HEARTBEAT = frame({ seq: 9n, payload: { case: "heartbeat", value: {} } });
const RESET = frame({ seq: 9n, payload: { case: "reset", value: { reason: "another log" } } });

describe("a frame read raw", () => {
  it("has its position, kind and cursor", () => {
    expect(readFrame(READY)).toEqual({ seq: 7, kind: "ready", cursor: "c1" });
    expect(readFrame(EVENT)).toEqual({ seq: 2 ** 40, kind: "event", cursor: "" });
    expect(readFrame(HEARTBEAT).kind).toBe("heartbeat");
    expect(readFrame(RESET).kind).toBe("reset");
  });
});

describe("envelopes", () => {
  it("are taken apart wherever the chunks are cut", () => {
    const body = Buffer.concat([
      enveloped(READY),
      enveloped(EVENT),
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
      expect(kinds).toEqual(["ready", "event", "heartbeat"]);
      expect(trailers).toEqual(["grpc-status: 14\r\n"]);
    }
  });
});
