import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Record as LogRecordMessage, RecordSchema } from "@chat/proto/chat/log/v1/record";
import { ChatError } from "../errors.ts";

/**
 * The format of records this release writes and reads: the first byte of each. Rules that change what `admit` answers come only
 * with a new version, so that servers of two releases never disagree.
 */
export const RECORD_FORMAT_VERSION = 1;

/** What one record holds. `events` are encoded chat.v1.Event messages. */
export interface RecordContent {
  readonly origin: string;
  readonly batch: number;
  readonly events: readonly Uint8Array[];
}

/** Version byte and protobuf. */
export function encodeRecord(content: RecordContent): Uint8Array {
  const body = toBinary(
    RecordSchema,
    create(RecordSchema, {
      origin: content.origin,
      batch: BigInt(content.batch),
      events: content.events as Uint8Array[],
    }),
  );
  const record = new Uint8Array(body.length + 1);
  record[0] = RECORD_FORMAT_VERSION;
  record.set(body, 1);
  return record;
}

/**
 * The reverse. The events are views into `record`.
 * @throws ChatError `failed_precondition` for a version this release does not know, `data_loss` for bytes that are no record.
 */
export function decodeRecord(record: Uint8Array): RecordContent {
  const version = record[0];
  if (version !== RECORD_FORMAT_VERSION) {
    throw new ChatError(
      "failed_precondition",
      `The log holds a record of format version ${String(version)}; this release reads version ${RECORD_FORMAT_VERSION}. Upgrade this server.`,
    );
  }
  let message: LogRecordMessage;
  try {
    message = fromBinary(RecordSchema, record.subarray(1));
  } catch (cause) {
    throw new ChatError("data_loss", "A record of the log can't be decoded.", { cause });
  }
  return { origin: message.origin, batch: Number(message.batch), events: message.events };
}
