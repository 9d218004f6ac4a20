import { randomBytes, randomUUID } from "node:crypto";
import { createAccessTokens } from "../../../server/src/auth/access-tokens.ts";
import { SESSION_MS } from "../../../server/src/auth/sessions.ts";
import { loadSigningKeys, type SigningKeys } from "../../../server/src/auth/signing-keys.ts";
import type { Engine } from "../../../server/src/engine.ts";
import type { Json, KeyValue, KeyValueStore } from "../../../server/src/key-value.ts";
import { createHandleHash } from "../../../server/src/people/handle-hash.ts";
import type { Identity } from "../load/link.ts";
import { appendEvents, storedEvent } from "./stored-event.ts";

/** Somebody with an account and a session. */
export interface Person {
  /** seq of the event that added them. */
  readonly id: number;
  readonly handle: string;
  readonly sessionId: string;
}

/** Writes under way at once. */
const CONCURRENCY = 64;

/**
 * Makes people `u0`, `u1` …, each with a session, through the engine's own ports and in the server's own records: signing 500 people in by password would
 * cost half a minute of hashing and measure nothing.
 */
export async function makePeople({ keyValue, log }: Engine, count: number): Promise<Person[]> {
  const handles = Array.from({ length: count }, (_, index) => `u${index}`);
  const hashes = createHandleHash((await keysOf(keyValue)).handles.secret);
  const added = handles.map((handle) =>
    storedEvent(0, "", { case: "personAdded", value: { handle, handleHash: hashes.of(handle), displayName: "" } }),
  );
  const ids = await appendEvents(log, added);
  const people = handles.map((handle, index) => ({ handle, id: ids[index] ?? 0, sessionId: randomUUID() }));
  await writeAll(
    await keyValue.bucket("accounts"),
    people.map(({ id, handle }) => [String(id), account(handle)] as const),
  );
  await writeAll(
    await keyValue.bucket("sessions"),
    people.map(({ id, sessionId }) => [sessionId, session(id)] as const),
  );
  return people;
}

/** Access tokens of the system's own key, good for ten minutes. */
export async function signIn(keyValue: KeyValueStore, people: readonly Person[]): Promise<Identity[]> {
  const { accessTokens: key } = await keysOf(keyValue);
  const tokens = await createAccessTokens({ key, clock: Date.now, ids: randomUUID });
  return Promise.all(
    people.map(async ({ handle, id, sessionId }) => ({ handle, token: (await tokens.sign(id, sessionId)).token })),
  );
}

/** The system's keys; made where no server has made them yet. */
function keysOf(keyValue: KeyValueStore): Promise<SigningKeys> {
  return loadSigningKeys({ keyValue, ids: randomUUID, random: randomBytes, hasPeople: false });
}

async function writeAll(bucket: KeyValue, entries: readonly (readonly [string, Json])[]): Promise<void> {
  for (let at = 0; at < entries.length; at += CONCURRENCY) {
    await Promise.all(entries.slice(at, at + CONCURRENCY).map(([key, value]) => bucket.create(key, value)));
  }
}

function account(handle: string): Json {
  return {
    status: "active",
    email: `${handle}@example.com`,
    claimId: randomUUID(),
    passwordHash: "none", // nobody signs in with a password
    createdAt: Date.now(),
  };
}

function session(person: number): Json {
  const now = Date.now();
  return { person, createdAt: now, expiresAt: now + SESSION_MS, current: randomUUID() };
}
