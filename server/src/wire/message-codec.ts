import {
  type DescMessage,
  fromBinary,
  fromJsonString,
  type JsonValue,
  type MessageShape,
  toBinary,
  toJsonString,
} from "@bufbuild/protobuf";
import { ChatError } from "../errors.ts";
import { findJsonFaults } from "./json-faults.ts";
import type { Answer } from "./wire.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads a request's message.
 * @throws ChatError `invalid_argument` for anything that is no such message, with the fields that are wrong where they can be told. Never with a value of theirs.
 */
export function parseMessage<Desc extends DescMessage>(
  schema: Desc,
  bytes: Uint8Array,
  codec: "binary" | "json",
): MessageShape<Desc> {
  return codec === "binary" ? parseBinary(schema, bytes) : parseJson(schema, bytes);
}

/** Encodes an answer's message. */
export function encodeMessage<Desc extends DescMessage>(
  schema: Desc,
  message: Answer<Desc>,
  codec: "binary" | "json",
): Uint8Array {
  if ("encoded" in message) {
    return codec === "binary"
      ? message.encoded
      : Buffer.from(toJsonString(schema, fromBinary(schema, message.encoded)));
  }
  return codec === "binary" ? toBinary(schema, message) : Buffer.from(toJsonString(schema, message));
}

function parseBinary<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array): MessageShape<Desc> {
  try {
    return fromBinary(schema, bytes);
  } catch {
    throw malformed(schema, "protobuf"); // without the cause, which may quote the message
  }
}

function parseJson<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array): MessageShape<Desc> {
  let text: string;
  let value: JsonValue;
  try {
    text = utf8.decode(bytes);
    value = JSON.parse(text) as JsonValue;
  } catch {
    throw malformed(schema, "JSON");
  }
  const fields = findJsonFaults(schema, value);
  if (fields.length > 0) {
    const words = fields.map(({ field, description }) => `${field} ${description}`).join("; ");
    throw new ChatError("invalid_argument", `${words}.`, { details: { fields } });
  }
  try {
    return fromJsonString(schema, text);
  } catch {
    throw malformed(schema, "JSON");
  }
}

function malformed(schema: DescMessage, format: string): ChatError {
  return new ChatError("invalid_argument", `The request is not a valid ${schema.typeName} in ${format}.`);
}
