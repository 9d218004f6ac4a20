import { type BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

// google.protobuf.Timestamp
const SECONDS = 1;
const NANOS = 2;

/** Writes a time, in ms since 1970, as a google.protobuf.Timestamp. */
export function writeTimestamp(writer: BinaryWriter, field: number, ms: number): void {
  const seconds = Math.floor(ms / 1_000);
  const nanos = (ms - seconds * 1_000) * 1_000_000;
  writer.tag(field, WireType.LengthDelimited).fork();
  if (seconds !== 0) writer.tag(SECONDS, WireType.Varint).int64(seconds);
  if (nanos !== 0) writer.tag(NANOS, WireType.Varint).int32(nanos);
  writer.join();
}
