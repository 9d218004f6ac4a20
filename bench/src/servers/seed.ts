import { randomBytes, randomUUID } from "node:crypto";
import { create, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { EventSchema, type Event } from "@chat/proto/chat/v1/event";
import { pino } from "pino";
import { createAccessTokens } from "../../../server/src/auth/access-tokens.ts";
import { SESSION_MS } from "../../../server/src/auth/sessions.ts";
import { loadSigningKeys } from "../../../server/src/auth/signing-keys.ts";
import { openEngine } from "../../../server/src/compose.ts";
import type { KeyValue, Json } from "../../../server/src/key-value.ts";
import { EVENTS_PER_RECORD } from "../../../server/src/log/position.ts";
import { encodeRecord } from "../../../server/src/log/record-codec.ts";
import type { Identity } from "../load/link.ts";

/** What there is before a run begins. */
export interface SeedOptions {
  readonly dataDir: string;
  readonly natsUrl?: string | undefined;
  /** People `u0`, `u1` …, each with a session. */
  readonly people: number;
  /** A room that all of them are in, "#name". */
  readonly room?: string | undefined;
}

/** Writes under way at once. */
const CONCURRENCY = 64;

/**
 * Puts people, their sessions and a room where a server will find them, through the engine's own ports and in the server's own records: signing 500 people in
 * by password would cost half a minute of hashing and measure nothing. Resolves with their access tokens, good for ten minutes.
 */
export async function seed({ dataDir, natsUrl, people, room }: SeedOptions): Promise<Identity[]> {
  const engine = await openEngine(
    { dataDir, natsUrl, natsCreds: undefined, natsReplicas: 1 },
    { logger: pino({ level: "fatal" }), signal: new AbortController().signal },
  );
  try {
    const { keyValue, log } = engine;
    const keys = await loadSigningKeys({ keyValue, ids: randomUUID, random: randomBytes });
    const tokens = await createAccessTokens({ key: keys.accessTokens, clock: Date.now, ids: randomUUID });
    const handles = Array.from({ length: people }, (_, index) => `u${index}`);
    const sessions = handles.map(() => randomUUID());
    await writeAll(
      await keyValue.bucket("accounts"),
      handles.map((handle) => [handle, account(handle)] as const),
    );
    await writeAll(
      await keyValue.bucket("sessions"),
      handles.map((handle, index) => [sessions[index] ?? "", session(handle)] as const),
    );
    if (room !== undefined) {
      const events = handles.map((handle, index) =>
        event(handle, room, index === 0 ? { case: "roomCreated", value: {} } : { case: "memberJoined", value: {} }),
      );
      for (let at = 0; at < events.length; at += EVENTS_PER_RECORD) {
        const origin = randomUUID();
        const record = encodeRecord({ origin, batch: 1, events: events.slice(at, at + EVENTS_PER_RECORD) });
        await log.append(record, { id: origin });
      }
    }
    return await Promise.all(
      handles.map(async (handle, index) => ({
        handle,
        token: (await tokens.sign(handle, sessions[index] ?? "")).token,
      })),
    );
  } finally {
    await engine.close();
  }
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

/** An encoded event of somebody, now. */
function event(actor: string, conversation: string, kind: Event["kind"] | { case: string; value: object }): Uint8Array {
  return toBinary(
    EventSchema,
    create(EventSchema, {
      actor,
      clientId: Uint8Array.from(randomBytes(16)),
      conversation,
      at: timestampFromMs(Date.now()),
      kind: kind as never,
    }),
  );
}
