import { randomBytes, randomUUID } from "node:crypto";
import { createAccessTokens } from "../../../server/src/auth/access-tokens.ts";
import { SESSION_MS } from "../../../server/src/auth/sessions.ts";
import { loadSigningKeys } from "../../../server/src/auth/signing-keys.ts";
import type { Json, KeyValue, KeyValueStore } from "../../../server/src/key-value.ts";
import type { Identity } from "../load/link.ts";

/** Somebody with an account and a session. */
export interface Person {
  readonly handle: string;
  readonly sessionId: string;
}

/** Writes under way at once. */
const CONCURRENCY = 64;

/**
 * Makes people `u0`, `u1` …, each with a session, through the engine's own port and in the server's own records: signing 500 people in by password would
 * cost half a minute of hashing and measure nothing.
 */
export async function makePeople(keyValue: KeyValueStore, count: number): Promise<Person[]> {
  const people = Array.from({ length: count }, (_, index) => ({ handle: `u${index}`, sessionId: randomUUID() }));
  await writeAll(
    await keyValue.bucket("accounts"),
    people.map(({ handle }) => [handle, account(handle)] as const),
  );
  await writeAll(
    await keyValue.bucket("sessions"),
    people.map(({ handle, sessionId }) => [sessionId, session(handle)] as const),
  );
  return people;
}

/** Access tokens of the system's own key, good for ten minutes. */
export async function signIn(keyValue: KeyValueStore, people: readonly Person[]): Promise<Identity[]> {
  const keys = await loadSigningKeys({ keyValue, ids: randomUUID, random: randomBytes });
  const tokens = await createAccessTokens({ key: keys.accessTokens, clock: Date.now, ids: randomUUID });
  return Promise.all(
    people.map(async ({ handle, sessionId }) => ({ handle, token: (await tokens.sign(handle, sessionId)).token })),
  );
}

async function writeAll(bucket: KeyValue, entries: readonly (readonly [string, Json])[]): Promise<void> {
  for (let at = 0; at < entries.length; at += CONCURRENCY) {
    await Promise.all(entries.slice(at, at + CONCURRENCY).map(([key, value]) => bucket.create(key, value)));
  }
}

function account(handle: string): Json {
  return {
    status: "active",
    handle,
    email: `${handle}@example.com`,
    emailKey: `${handle}@example.com`,
    claimId: randomUUID(),
    displayName: handle,
    passwordHash: "none", // nobody signs in with a password
    createdAt: Date.now(),
  };
}

function session(handle: string): Json {
  const now = Date.now();
  return { handle, createdAt: now, expiresAt: now + SESSION_MS, current: randomUUID() };
}
