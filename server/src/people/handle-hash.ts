import { createHmac } from "node:crypto";
import { LRUCache } from "lru-cache";
import { handleKey } from "../domain/names.ts";

/** Handles whose hash is remembered: those that people write to. */
const REMEMBERED = 20_000;

/** Turns handles into what they are taken under. */
export interface HandleHash {
  /** HMAC-SHA-256 of the handle. */
  of(handle: string): Uint8Array<ArrayBuffer>;
  /** Its key among the names (see `domain/names.ts`). */
  keyOf(handle: string): string;
}

/**
 * @param secret the same for all servers of a log, for good: another one would give away names that are taken
 * @param remembered handles
 */
export function createHandleHash(secret: Uint8Array, remembered = REMEMBERED): HandleHash {
  const keys = new LRUCache<string, string>({ max: remembered });
  const of = (handle: string): Uint8Array<ArrayBuffer> =>
    new Uint8Array(createHmac("sha256", secret).update(handle).digest());
  return {
    of,
    keyOf(handle) {
      let key = keys.get(handle);
      if (key === undefined) keys.set(handle, (key = handleKey(of(handle))));
      return key;
    },
  };
}
