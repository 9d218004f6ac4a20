import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { type Record as LogRecordMessage, RecordSchema } from "@chat/proto/chat/log/v1/record";
import { ChatError } from "../errors.ts";
import { digestOf } from "./chain.ts";

/**
 * The format of records this release writes and reads: the first byte of each. Rules that change what `admit` answers come only
 * with a new version, so that servers of two releases never disagree.
 */
export const RECORD_FORMAT_VERSION = 1;

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
  /** What the chain goes over: SHA-256 of the bytes that were stored here first. */
  readonly digest: Uint8Array;
}

/** Version byte and protobuf. */
export function encodeRecord(
  content: Omit<RecordContent, "digest" | "anchor"> & { anchor?: Anchor | undefined },
): Uint8Array {
  return encode({
    origin: content.origin,
    batch: BigInt(content.batch),
    events: content.events as Uint8Array[],
    ...anchorOf(content.anchor),
  });
}

/**
 * A record that stands in the place of another one. It carries the digest of the first bytes, so that the chain stays as it is.
 * @param content.anchor that of the replaced record: a record that was written on another past stays void
 * @param content.skipped for a record that servers could not read: when (ms since 1970) and why
 */
export function encodeReplacement(
  content: Pick<RecordContent, "origin" | "batch" | "events" | "anchor" | "digest"> & {
    skipped?: { readonly atMs: number; readonly reason: string };
  },
): Uint8Array {
  const { skipped } = content;
  return encode({
    origin: content.origin,
    batch: BigInt(content.batch),
    events: content.events as Uint8Array[],
    originalDigest: content.digest as Uint8Array<ArrayBuffer>,
    ...anchorOf(content.anchor),
    ...(skipped && { skipped: { atMs: BigInt(skipped.atMs), reason: skipped.reason } }),
  });
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
  const { anchor, originalDigest } = message;
  return {
    origin: message.origin,
    batch: Number(message.batch),
    events: message.events,
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

function encode(message: MessageInitShape<typeof RecordSchema>): Uint8Array {
  const body = toBinary(RecordSchema, create(RecordSchema, message));
  const record = new Uint8Array(body.length + 1);
  record[0] = RECORD_FORMAT_VERSION;
  record.set(body, 1);
  return record;
}

function anchorOf(anchor: Anchor | undefined): Pick<MessageInitShape<typeof RecordSchema>, "anchor"> {
  if (!anchor || anchor.sequence === 0) return {};
  return { anchor: { sequence: BigInt(anchor.sequence), chain: anchor.chain as Uint8Array<ArrayBuffer> } };
}
