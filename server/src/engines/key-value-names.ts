import { ChatError } from "../errors.ts";

/** Longest key, in UTF-8 bytes. */
export const MAX_KEY_BYTES = 512;

/** @throws ChatError `internal` for a name that no bucket can have: bucket names are the product's own, never a user's. */
export function checkBucketName(name: string): void {
  if (!/^[a-z][a-z-]{0,31}$/.test(name)) throw new ChatError("internal", `"${name}" can't be the name of a bucket.`);
}

/** @throws ChatError `invalid_argument` for a key that no entry can have. */
export function checkKey(key: string): void {
  if (key.length === 0) throw new ChatError("invalid_argument", "A key can't be empty.");
  if (!key.isWellFormed()) throw new ChatError("invalid_argument", "A key must be valid Unicode.");
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) throw new ChatError("invalid_argument", "A key is too long.");
}
