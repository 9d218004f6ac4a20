import * as v from "valibot";
import { ChatError } from "../errors.ts";
import type { Json } from "../key-value.ts";

/**
 * What the buckets of this folder hold. Unknown fields are kept out, so a record of a newer release can be read; a record that
 * lacks what is needed is not guessed at.
 */

/** Person ids: seqs of the log. */
const person = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const time = v.pipe(v.number(), v.safeInteger());

const accountSchema = v.object({
  status: v.picklist(["active", "disabled"]),
  /** As the person wrote it, trimmed. */
  email: v.string(),
  /** argon2 in PHC form. */
  passwordHash: v.string(),
  /** Of the registration that made it. */
  claimId: v.string(),
  createdAt: time,
});

/** Bucket `accounts`, by person id. */
export type AccountRecord = v.InferOutput<typeof accountSchema>;

const emailClaimSchema = v.object({
  /** Of the registration that holds it. */
  claimId: v.string(),
  /** Whose it is; absent while the registration is under way. */
  person: v.exactOptional(person),
  claimedAt: time,
});

/** Bucket `emails`, by the keyed hash of the address. */
export type EmailClaim = v.InferOutput<typeof emailClaimSchema>;

const registrationSchema = v.object({
  kind: v.literal("registration"),
  handle: v.string(),
  displayName: v.string(),
  email: v.string(),
  passwordHash: v.string(),
  startedAt: time,
});

const removalSchema = v.object({
  kind: v.literal("removal"),
  person,
  withMessages: v.boolean(),
  startedAt: time,
});

const unfinishedSchema = v.variant("kind", [registrationSchema, removalSchema]);

/** A registration that has begun and is not done. */
export type RegistrationRecord = v.InferOutput<typeof registrationSchema>;

/** A removal that has begun and is not done. */
export type RemovalRecord = v.InferOutput<typeof removalSchema>;

/** Bucket `account-work`, by claim id: what takes several steps, until the last one is done. */
export type UnfinishedRecord = v.InferOutput<typeof unfinishedSchema>;

const sessionSchema = v.object({
  person,
  createdAt: time,
  /** Refresh until then, ms since 1970; slides with each refresh. */
  expiresAt: time,
  /** SHA-256 of the refresh token that is good now, base64url. */
  current: v.string(),
  /** What the first token was derived with, where its sign-in can be repeated. */
  first: v.exactOptional(v.string()),
  /** The token before it and what the new one was derived with. Absent until the first refresh. */
  previous: v.exactOptional(v.object({ hash: v.string(), nonce: v.string(), replacedAt: time })),
});

/** Bucket `sessions`, by session id. */
export type SessionRecord = v.InferOutput<typeof sessionSchema>;

/** Oldest first: the hash of a client_id, and the session that it began. */
const signInsSchema = v.object({ signIns: v.array(v.object({ id: v.string(), sessionId: v.string(), at: time })) });

/** Bucket `sign-ins`, by person id: the newest sign-ins that can be repeated. Apart from the account, whose bytes must not stay in replaced entries. */
export type SignInsRecord = v.InferOutput<typeof signInsSchema>;

const attemptsSchema = v.object({ failures: v.number(), lastAt: time });

/** Bucket `sign-in-failures`, by the hash of what was tried. */
export type AttemptsRecord = v.InferOutput<typeof attemptsSchema>;

const keySchema = v.object({ id: v.string(), secret: v.string() });

/** Bucket `keys`, by purpose. `secret` is base64url. */
export type KeyRecord = v.InferOutput<typeof keySchema>;

const SCHEMAS = {
  account: accountSchema,
  "e-mail claim": emailClaimSchema,
  unfinished: unfinishedSchema,
  session: sessionSchema,
  "sign-ins": signInsSchema,
  attempts: attemptsSchema,
  key: keySchema,
} as const;

type RecordOf = {
  account: AccountRecord;
  "e-mail claim": EmailClaim;
  unfinished: UnfinishedRecord;
  session: SessionRecord;
  "sign-ins": SignInsRecord;
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
