import { ChatError } from "../errors.ts";
import type { KeyValueStore } from "../key-value.ts";
import { isConflict } from "./conflict.ts";
import { requireRecord } from "./records.ts";

/** Bytes of a key: as long as the output of SHA-256 (RFC 7518, 3.2). */
const KEY_BYTES = 32;

/** Purpose of the key that handles are hashed with. */
const HANDLES = "handles";

/** A secret shared by all servers of one system. */
export interface SigningKey {
  /** Goes into what is signed, so that keys can change one day while old signatures are still good. */
  readonly id: string;
  readonly secret: Uint8Array;
}

/** What the system signs with, a key for each purpose. */
export interface SigningKeys {
  readonly accessTokens: SigningKey;
  readonly refreshTokens: SigningKey;
  /** Hashes handles and e-mail addresses: what is taken stays taken only as long as this key stays the same. */
  readonly handles: SigningKey;
}

/**
 * The keys of the system, made by whichever server comes first: each key is created where there is none, and who loses that race takes
 * the winner's.
 */
export async function loadSigningKeys(options: {
  keyValue: KeyValueStore;
  ids: () => string;
  random: (bytes: number) => Uint8Array;
  /** Whether the log has people: then the key of their handles has to be there. */
  hasPeople: boolean;
}): Promise<SigningKeys> {
  const bucket = await options.keyValue.bucket("keys");

  const load = async (purpose: string): Promise<SigningKey> => {
    let entry = await bucket.get(purpose);
    if (!entry) {
      if (purpose === HANDLES && options.hasPeople) {
        throw new ChatError(
          "data_loss",
          "The key that handles are hashed with is gone, though the log has people: names that are taken could be taken again. Restore the buckets from a backup.",
        );
      }
      const secret = Buffer.from(options.random(KEY_BYTES)).toString("base64url");
      try {
        await bucket.create(purpose, { id: options.ids(), secret });
      } catch (error) {
        if (!isConflict(error)) throw error;
      }
      entry = await bucket.get(purpose);
    }
    if (!entry) throw new ChatError("data_loss", `The key for ${purpose} vanished.`);
    const record = requireRecord("key", entry.value);
    const secret = Buffer.from(record.secret, "base64url");
    if (secret.length !== KEY_BYTES) throw new ChatError("data_loss", `The key for ${purpose} has the wrong length.`);
    return { id: record.id, secret };
  };

  return {
    accessTokens: await load("access-tokens"),
    refreshTokens: await load("refresh-tokens"),
    handles: await load(HANDLES),
  };
}
