import { constants } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { ChatError } from "./errors.ts";

const REASONS: Readonly<Record<string, string>> = {
  EROFS: "its file system is read-only",
  EACCES: "this user may not write there",
  EPERM: "this user may not write there",
  ENOSPC: "the disk is full",
  ENOTDIR: "part of its path is a file",
  EEXIST: "there is a file of that name",
  ENOENT: "it can't be made there",
};

/** Makes the data directory, readable for its owner alone, where it is missing. @throws ChatError `failed_precondition` where nothing can be written */
export async function ensureDataDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await access(path, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const why = REASONS[(cause as NodeJS.ErrnoException).code ?? ""] ?? (cause as Error).message;
    throw new ChatError("failed_precondition", `The data directory ${path} can't be used: ${why}.`);
  }
}
