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

/** Version of the file's format. */
const FORMAT = 1;

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
  return `{"format":${FORMAT},"revision":${revision},"entries":[\n${lines.join(",\n")}\n]}\n`;
}

function decode(text: string, path: string): BucketState {
  let content: { format: number; revision: number; entries: [key: string, revision: number, value: unknown][] };
  try {
    content = JSON.parse(text) as typeof content;
  } catch (cause) {
    throw new ChatError("data_loss", `${path} is damaged. Restore it from a backup.`, { cause });
  }
  if (content?.format > FORMAT) {
    throw new ChatError("failed_precondition", `${path} was written by a newer release (format ${content.format}).`);
  }
  if (content?.format !== FORMAT || !Number.isSafeInteger(content.revision) || !Array.isArray(content.entries)) {
    throw new ChatError("data_loss", `${path} is not what it should be. Restore it from a backup.`);
  }
  const entries = content.entries.map(
    ([key, revision, value]) => [key, { revision, json: JSON.stringify(value) }] as const,
  );
  return { revision: content.revision, entries: new Map(entries) };
}
