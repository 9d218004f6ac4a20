import { ChatError } from "../errors.ts";

/** Whether a store says that somebody else got there first: the key has changed, or has a value already. */
export function isConflict(error: unknown): boolean {
  // An `already_exists` that names fields is an answer to a person, not the store's.
  if (!(error instanceof ChatError) || error.details.fields) return false;
  return error.code === "aborted" || error.code === "already_exists";
}
