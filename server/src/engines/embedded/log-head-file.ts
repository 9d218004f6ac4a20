import { closeSync, fdatasync, openSync, readSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";

/** How far a log is known to reach. */
export interface LogHead {
  readonly epoch: string;
  readonly sequence: number;
}

/**
 * A witness beside the log: how far it reaches, noted after each append. A write-ahead log whose end was damaged looks to SQLite like one that was never
 * written to the end, and what stood there is dropped without a word; this file remembers that it was there.
 */
export interface LogHeadFile {
  /** What it said when it was opened; undefined where it was missing or unreadable. */
  readonly found: LogHead | undefined;
  /** Takes a head down. Never throws: a witness that can't be written is no reason to refuse what is stored. */
  note(head: LogHead): void;
  close(): void;
}

/** Two places that are written in turn, on pages of their own: a write that is cut short leaves the other one. */
const PLACES = 2;
const PLACE_BYTES = 4_096;

/** Magic, sequence, UUID as text, CRC-32 of all before. */
const MAGIC = Buffer.from("CLH1");
const EPOCH_BYTES = 36;
const EPOCH_AT = MAGIC.length + 8;
const CRC_AT = EPOCH_AT + EPOCH_BYTES;
const ENTRY_BYTES = CRC_AT + 4;

/** The notes reach the disk this long after they were made. An answer doesn't wait for it: the log itself is synced before. */
const SYNC_MS = 1_000;

/** Opens the witness of a log, or makes one. @throws the system's error when the file can't be opened */
export function openLogHeadFile(path: string): LogHeadFile {
  const file = openSync(path, "a+", 0o600);
  closeSync(file); // makes it; "r+" below can write in the middle, "a+" can't
  const descriptor = openSync(path, "r+");
  const found = newestOf(Array.from({ length: PLACES }, (_, place) => readPlace(descriptor, place)));
  let place = 0;
  let syncTimer: NodeJS.Timeout | undefined;
  let isOpen = true;

  function syncSoon(): void {
    syncTimer ??= setTimeout(() => {
      syncTimer = undefined;
      // Fails where the file was closed meanwhile or the disk is broken, which the log's own fsync tells of.
      if (isOpen) fdatasync(descriptor, () => {});
    }, SYNC_MS).unref();
  }

  return {
    found,
    note(head) {
      place = (place + 1) % PLACES;
      try {
        writeSync(descriptor, encode(head), 0, ENTRY_BYTES, place * PLACE_BYTES);
        syncSoon();
      } catch {
        // The disk is full or broken. The log has the record, and the projection remembers it as well.
      }
    },
    close() {
      isOpen = false;
      clearTimeout(syncTimer);
      closeSync(descriptor);
    },
  };
}

function encode({ epoch, sequence }: LogHead): Buffer {
  const entry = Buffer.alloc(ENTRY_BYTES);
  MAGIC.copy(entry);
  entry.writeBigUInt64BE(BigInt(sequence), MAGIC.length);
  entry.write(epoch, EPOCH_AT, EPOCH_BYTES, "latin1");
  entry.writeUInt32BE(crc32(entry.subarray(0, CRC_AT)), CRC_AT);
  return entry;
}

function readPlace(descriptor: number, place: number): LogHead | undefined {
  const entry = Buffer.alloc(ENTRY_BYTES);
  if (readSync(descriptor, entry, 0, ENTRY_BYTES, place * PLACE_BYTES) < ENTRY_BYTES) return undefined;
  if (!entry.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  if (crc32(entry.subarray(0, CRC_AT)) !== entry.readUInt32BE(CRC_AT)) return undefined;
  return {
    sequence: Number(entry.readBigUInt64BE(MAGIC.length)),
    epoch: entry.toString("latin1", EPOCH_AT, CRC_AT),
  };
}

function newestOf(heads: readonly (LogHead | undefined)[]): LogHead | undefined {
  let newest: LogHead | undefined;
  for (const head of heads) if (head && head.sequence >= (newest?.sequence ?? 0)) newest = head;
  return newest;
}
