import * as v from "valibot";
import { ChatError } from "../errors.ts";
import type { Json } from "../key-value.ts";

/**
 * What the buckets of this folder hold. Unknown fields are kept out, so a record of a newer release can be read; a record that
 * lacks what is needed is not guessed at.
 */

/** Handles: see `NAME_PATTERN` of the domain. */
const handle = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9_-]{1,31}$/));
const time = v.pipe(v.number(), v.safeInteger());

const accountSchema = v.object({
  /** `pending`: a registration is under way (or was cut off); nobody can sign in. */
  status: v.picklist(["pending", "active", "disabled"]),
  handle,
  /** As the person wrote it, trimmed. */
  email: v.string(),
  /** The same as {@link EmailClaim}'s key. */
  emailKey: v.string(),
  /** Ties the account to its e-mail claim. */
  claimId: v.string(),
  displayName: v.string(),
  /** argon2 in PHC form. */
  passwordHash: v.string(),
  createdAt: time,
});

/** Bucket `accounts`, by handle. */
export type AccountRecord = v.InferOutput<typeof accountSchema>;

const emailClaimSchema = v.object({ handle, claimId: v.string() });

/** Bucket `emails`, by e-mail key (see `emailKey`). Holds only while the account of `handle` carries the same `claimId`. */
export type EmailClaim = v.InferOutput<typeof emailClaimSchema>;

const sessionSchema = v.object({
  handle,
  createdAt: time,
  /** Refresh until then, ms since 1970; slides with each refresh. */
  expiresAt: time,
  /** SHA-256 of the refresh token that is good now, base64url. */
  current: v.string(),
  /** The token before it and what the new one was derived with. Absent until the first refresh. */
  previous: v.exactOptional(v.object({ hash: v.string(), nonce: v.string(), replacedAt: time })),
});

/** Bucket `sessions`, by session id. */
export type SessionRecord = v.InferOutput<typeof sessionSchema>;

const attemptsSchema = v.object({ failures: v.number(), lastAt: time });

/** Bucket `sign-in-failures`, by the hash of what was tried. */
export type AttemptsRecord = v.InferOutput<typeof attemptsSchema>;

const keySchema = v.object({ id: v.string(), secret: v.string() });

/** Bucket `keys`, by purpose. `secret` is base64url. */
export type KeyRecord = v.InferOutput<typeof keySchema>;

const SCHEMAS = {
  account: accountSchema,
  "e-mail claim": emailClaimSchema,
  session: sessionSchema,
  attempts: attemptsSchema,
  key: keySchema,
} as const;

type RecordOf = {
  account: AccountRecord;
  "e-mail claim": EmailClaim;
  session: SessionRecord;
  attempts: AttemptsRecord;
  key: KeyRecord;
};

/** Reads a stored value. Undefined: it is not such a record. */
export function readRecord<K extends keyof RecordOf>(kind: K, value: Json): RecordOf[K] | undefined {
  const result = v.safeParse(SCHEMAS[kind], value);
  return result.success ? (result.output as RecordOf[K]) : undefined;
}

/** Reads a stored value that must be such a record. @throws ChatError `data_loss` */
export function requireRecord<K extends keyof RecordOf>(kind: K, value: Json): RecordOf[K] {
  const record = readRecord(kind, value);
  if (record === undefined) throw new ChatError("data_loss", `A stored ${kind} can't be read.`);
  return record;
}
