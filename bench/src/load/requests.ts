import { randomUUID } from "node:crypto";
import { create, toBinary } from "@bufbuild/protobuf";
import { SendMessageRequestSchema } from "@chat/proto/chat/v1/chat_service";

/** Paths of the calls that are measured. */
export const PATHS = {
  send: "/chat.v1.ChatService/SendMessage",
  subscribe: "/chat.v1.ChatService/Subscribe",
} as const;

/** An encoded SendMessage request with a new client id. */
export function encodeSend(to: string, text: string): Uint8Array {
  return toBinary(SendMessageRequestSchema, create(SendMessageRequestSchema, { to, text, clientId: randomUUID() }));
}
