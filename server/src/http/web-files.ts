import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { lookup } from "mrmime";

/** One file of the web app, in memory. */
export interface WebFile {
  readonly type: string;
  /** Weak, for it stands for the compressed forms as well. */
  readonly etag: string;
  readonly bytes: Buffer;
  /** The same compressed, where the build made that. */
  readonly br: Buffer | undefined;
  readonly gzip: Buffer | undefined;
}

/** By path from the root, "/index.html". */
export type WebFiles = ReadonlyMap<string, WebFile>;

/** Reads a directory whole, with the `.br` and `.gz` files that stand beside others. @returns undefined where there is no `index.html` in it */
export function readWebFiles(directory: string): WebFiles | undefined {
  const found = new Map<string, Buffer>();
  for (const entry of listFiles(directory)) {
    found.set(`/${entry.split(sep).join("/")}`, readFileSync(join(directory, entry)));
  }
  if (!found.has("/index.html")) return undefined;
  const files = new Map<string, WebFile>();
  for (const [path, bytes] of found) {
    if (/\.(br|gz)$/.test(path) && found.has(path.slice(0, -3))) continue;
    files.set(path, {
      type: typeOf(path),
      etag: `W/"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`,
      bytes,
      br: found.get(`${path}.br`),
      gzip: found.get(`${path}.gz`),
    });
  }
  return files;
}

function listFiles(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1));
  } catch {
    return []; // not built
  }
}

function typeOf(path: string): string {
  const type = lookup(path) ?? "application/octet-stream";
  return type.startsWith("text/") ? `${type};charset=utf-8` : type;
}
