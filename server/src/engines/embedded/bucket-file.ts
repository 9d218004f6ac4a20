import { crc32 } from "node:zlib";
import { Low, type Adapter } from "lowdb";
import { ChatError } from "../../errors.ts";
import { readTextFile, writeFileDurably } from "./durable-file.ts";

/** The content of one bucket. */
export interface BucketState {
  /** The last one given out. */
  revision: number;
  /** Values are kept as JSON text, which is what each write of the file needs of all of them. */
  entries: Map<string, StoredEntry>;
}

/** One stored value. */
export interface StoredEntry {
  readonly revision: number;
  readonly json: string;
}

/** Version of the file's format. Version 1 had no checksum. */
const FORMAT = 2;

/**
 * Opens the file of a bucket; a missing one is an empty bucket.
 *
 * @throws ChatError `data_loss` when the file can't be read as what it should be, `failed_precondition` when a newer release wrote it.
 */
export async function openBucketFile(path: string): Promise<Low<BucketState>> {
  const low = new Low<BucketState>(createBucketFileAdapter(path), { revision: 0, entries: new Map() });
  await low.read();
  return low;
}

/** Keeps a bucket as one JSON document with a line per entry, replaced as a whole and synced by each write. */
function createBucketFileAdapter(path: string): Adapter<BucketState> {
  return {
    async read() {
      const text = await readTextFile(path);
      return text === undefined ? null : decode(text, path);
    },
    async write(state) {
      await writeFileDurably(path, encode(state));
    },
  };
}

function encode({ revision, entries }: BucketState): string {
  const lines: string[] = [];
  for (const [key, entry] of entries) lines.push(`[${JSON.stringify(key)},${entry.revision},${entry.json}]`);
  const rest = `"revision":${revision},"entries":[\n${lines.join(",\n")}\n]}\n`;
  return `${headOf(FORMAT, crc32(rest))}${rest}`;
}

/** Stands before what the checksum is of. */
const headOf = (format: number, crc: number): string => `{"format":${format},"crc":"${crc.toString(16)}",`;

function decode(text: string, path: string): BucketState {
  const damaged = (cause?: unknown): ChatError =>
    new ChatError("data_loss", `${path} is damaged. Restore it from a backup.`, { cause });
  let content: {
    format: number;
    crc?: string;
    revision: number;
    entries: [key: string, revision: number, value: unknown][];
  };
  try {
    content = JSON.parse(text) as typeof content;
  } catch (cause) {
    throw damaged(cause);
  }
  if (content?.format > FORMAT) {
    throw new ChatError("failed_precondition", `${path} was written by a newer release (format ${content.format}).`);
  }
  if (!Number.isSafeInteger(content?.revision) || !Array.isArray(content.entries)) throw damaged();
  // The whole beginning is compared, so that no flipped bit in it can turn the check off: that of version 1 differs by more than one.
  const isUnchanged =
    content.crc === undefined
      ? text.startsWith('{"format":1,"revision":')
      : text.startsWith(headOf(FORMAT, crc32(text.slice(headOf(FORMAT, parseInt(content.crc, 16)).length))));
  if (!isUnchanged) throw damaged();
  const entries = content.entries.map(
    ([key, revision, value]) => [key, { revision, json: JSON.stringify(value) }] as const,
  );
  return { revision: content.revision, entries: new Map(entries) };
}
