import { ChatError } from "../../errors.ts";

/** Whether a file system call failed because there is no such file. */
export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}

/**
 * What went wrong with a file in terms of the ports: `not_found`, `resource_exhausted` for a full disk or quota, `unavailable` for the
 * rest of the system's errors. Anything else, a ChatError included, passes through: it came from the caller's own stream.
 */
export function fromFileError(error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (error instanceof ChatError || syscall === undefined) return error;
  switch (code) {
    case "ENOENT":
      return new ChatError("not_found", "This file is gone.", { cause: error });
    case "ENOSPC":
    case "EDQUOT":
    case "EFBIG":
      return new ChatError("resource_exhausted", "The server's disk is full.", { cause: error });
    default:
      return new ChatError("unavailable", "The server can't reach its storage.", { cause: error });
  }
}
