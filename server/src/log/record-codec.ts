import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { type Record as LogRecordMessage, RecordSchema } from "@chat/proto/chat/log/v1/record";
import { ChatError } from "../errors.ts";
import { digestOf } from "./chain.ts";
import { FIRST_FORMAT, RECORD_FORMAT_VERSION } from "./record-format.ts";

/** The newest record that a writer had applied when it made its own. */
export interface Anchor {
  readonly sequence: number;
  /** The value of the chain there. */
  readonly chain: Uint8Array;
}

/** What one record holds. `events` are encoded chat.v1.Event messages. */
export interface RecordContent {
  readonly origin: string;
  readonly batch: number;
  readonly events: readonly Uint8Array[];
  /** Undefined: the writer had applied nothing yet, and claims nothing. */
  readonly anchor: Anchor | undefined;
  /** The version of the record format that it is written in: its first byte. */
  readonly version: number;
  /** What the chain goes over: SHA-256 of the bytes that were stored here first. */
  readonly digest: Uint8Array;
}

/**
 * Version byte and protobuf.
 * @param content.version the lowest one that can express each of its events; the first one, unless told otherwise
 */
export function encodeRecord(
  content: Omit<RecordContent, "digest" | "anchor" | "version"> & { anchor?: Anchor | undefined; version?: number },
): Uint8Array {
  return encode(content.version ?? FIRST_FORMAT, {
    origin: content.origin,
    batch: BigInt(content.batch),
    events: content.events as Uint8Array[],
    ...anchorOf(content.anchor),
  });
}

/**
 * A record that stands in the place of another one. It carries the digest of the first bytes, so that the chain stays as it is.
 * @param content.anchor that of the replaced record: a record that was written on another past stays void
 * @param content.version that of the replaced record: its events are of the same kinds
 * @param content.skipped for a record that servers could not read: when (ms since 1970) and why
 */
export function encodeReplacement(
  content: Pick<RecordContent, "origin" | "batch" | "events" | "anchor" | "version" | "digest"> & {
    skipped?: { readonly atMs: number; readonly reason: string };
  },
): Uint8Array {
  const { skipped } = content;
  return encode(content.version, {
    origin: content.origin,
    batch: BigInt(content.batch),
    events: content.events as Uint8Array[],
    originalDigest: content.digest as Uint8Array<ArrayBuffer>,
    ...anchorOf(content.anchor),
    ...(skipped && { skipped: { atMs: BigInt(skipped.atMs), reason: skipped.reason } }),
  });
}

/**
 * The reverse. The events are views into `record`, of whatever kind: one that this release does not read is among them as it was written.
 * @throws ChatError `failed_precondition` for a version this release does not know, `data_loss` for bytes that are no record.
 */
export function decodeRecord(record: Uint8Array): RecordContent {
  const version = record[0] ?? 0;
  if (version < FIRST_FORMAT || version > RECORD_FORMAT_VERSION) {
    const read = RECORD_FORMAT_VERSION === FIRST_FORMAT ? "version 1" : `versions 1 to ${RECORD_FORMAT_VERSION}`;
    throw new ChatError(
      "failed_precondition",
      `The log holds a record of format version ${version}; this release reads ${read}. Upgrade this server.`,
    );
  }
  let message: LogRecordMessage;
  try {
    message = fromBinary(RecordSchema, record.subarray(1));
  } catch (cause) {
    throw new ChatError("data_loss", "A record of the log can't be decoded.", { cause });
  }
  const { anchor, originalDigest } = message;
  return {
    origin: message.origin,
    batch: Number(message.batch),
    events: message.events,
    version,
    anchor: anchor && { sequence: Number(anchor.sequence), chain: anchor.chain },
    digest: originalDigest.length > 0 ? originalDigest : digestOf(record),
  };
}

/** The digest that a stored record has in the chain; of one that can't be read, that of its bytes. */
export function storedDigest(record: Uint8Array): Uint8Array {
  try {
    return decodeRecord(record).digest;
  } catch {
    return digestOf(record); // of another format: whoever follows the log is told
  }
}

function encode(version: number, message: MessageInitShape<typeof RecordSchema>): Uint8Array {
  const body = toBinary(RecordSchema, create(RecordSchema, message));
  const record = new Uint8Array(body.length + 1);
  record[0] = version;
  record.set(body, 1);
  return record;
}

function anchorOf(anchor: Anchor | undefined): Pick<MessageInitShape<typeof RecordSchema>, "anchor"> {
  if (!anchor || anchor.sequence === 0) return {};
  return { anchor: { sequence: BigInt(anchor.sequence), chain: anchor.chain as Uint8Array<ArrayBuffer> } };
}
