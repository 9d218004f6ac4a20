import { randomUUID } from "node:crypto";
import { create, toBinary } from "@bufbuild/protobuf";
import { timestampNow } from "@bufbuild/protobuf/wkt";
import { Cause, SubscribeResponseSchema } from "@chat/proto/chat/v1/chat_service";
import { envelope } from "../wire/envelopes.ts";

/** Somebody's place in the log, and a message's. */
const [PERSON, SEQ] = [4_096n, 12_345_678n];

/** A Subscribe frame with a message of that many characters in it, as long as what ours writes: for servers that write the same bytes to everybody. */
export function preparedFrame(textLength: number): Buffer {
  const look = { nameLook: "u0", handleLook: "u0" };
  const response = create(SubscribeResponseSchema, {
    cursor: "c".repeat(32),
    cause: Cause.MESSAGE_POSTED,
    actor: PERSON,
    users: [{ id: PERSON, handle: "u0", displayName: "u0", ...look, version: PERSON }],
    payload: {
      case: "message",
      value: {
        seq: SEQ,
        conversation: "8192",
        sender: PERSON,
        text: "x".repeat(textLength),
        sentAt: timestampNow(),
        clientId: randomUUID(),
        version: SEQ,
      },
    },
  });
  return envelope(toBinary(SubscribeResponseSchema, response));
}
