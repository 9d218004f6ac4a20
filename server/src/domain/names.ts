/** Handles and room names: lower case, digits, "_" and "-", 2 to 32 characters. */
export const NAME_PATTERN = /^[a-z0-9][a-z0-9_-]{1,31}$/;

/** Bytes of a handle's keyed hash: HMAC-SHA-256. */
export const HANDLE_HASH_BYTES = 32;

/**
 * Under which a handle is taken. By its keyed hash, which stays when the account is removed and its handle erased, so that a server that
 * reads the log later decides as those did that read it before.
 */
export function handleKey(hash: Uint8Array): string {
  let hex = "";
  for (const byte of hash) hex += byte.toString(16).padStart(2, "0");
  return `@${hex}`;
}

/** Under which a room's name is taken. */
export function roomNameKey(name: string): string {
  return `#${name}`;
}
