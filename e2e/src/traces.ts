import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** How the words of people may stand in a file: as they are, and as NATS KV writes keys. */
function forms(word: string): string[] {
  return [word, Buffer.from(word).toString("base64url")];
}

/** "file: word" for each of the words that stands in some file below the directory, whatever the file's format. */
export async function tracesOf(words: readonly string[], directory: string): Promise<string[]> {
  const found: string[] = [];
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path).catch(() => Buffer.alloc(0)); // gone meanwhile
    for (const word of words)
      if (forms(word).some((form) => bytes.includes(form))) found.push(`${path.slice(directory.length + 1)}: ${word}`);
  }
  return found;
}
