import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT, tool, toolEnvironment } from "../paths.ts";

const GENERATED = "proto/gen";

/** Generates the protobuf code beside the committed one and names the files of `proto/gen` that differ, are missing or too many. */
export async function staleGeneratedFiles(): Promise<readonly string[]> {
  const fresh = await mkdtemp(join(tmpdir(), "chat-gen-"));
  try {
    await promisify(execFile)(tool("buf"), ["generate", "--output", fresh], { cwd: ROOT, env: toolEnvironment() });
    return await differingFiles(join(fresh, GENERATED), join(ROOT, GENERATED));
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** Files below the two folders that are not in both with the same content. */
export async function differingFiles(left: string, right: string): Promise<string[]> {
  const [leftFiles, rightFiles] = await Promise.all([contents(left), contents(right)]);
  const names = new Set([...leftFiles.keys(), ...rightFiles.keys()]);
  return [...names].filter((name) => leftFiles.get(name) !== rightFiles.get(name)).sort();
}

async function contents(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(
      files.map(async (file) => [file.slice(folder.length + 1), await readFile(file, "utf8")] as [string, string]),
    ),
  );
}
