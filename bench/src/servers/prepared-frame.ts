import { randomBytes } from "node:crypto";
import { create, toBinary } from "@bufbuild/protobuf";
import { timestampNow } from "@bufbuild/protobuf/wkt";
import { SubscribeResponseSchema } from "@chat/proto/chat/v1/chat_service";
import { envelope } from "../wire/envelopes.ts";

/** A Subscribe frame with a message of that many characters in it, as long as what ours writes: for servers that write the same bytes to everybody. */
export function preparedFrame(textLength: number): Buffer {
  const response = create(SubscribeResponseSchema, {
    seq: 12_345_678n,
    payload: {
      case: "event",
      value: {
        actor: "u0",
        clientId: Uint8Array.from(randomBytes(16)),
        conversation: "#bench",
        at: timestampNow(),
        kind: { case: "messagePosted", value: { text: "x".repeat(textLength) } },
      },
    },
  });
  return envelope(toBinary(SubscribeResponseSchema, response));
}
