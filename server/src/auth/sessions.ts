import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import type { Timers } from "../environment.ts";
import { ChatError } from "../errors.ts";
import type { Json, KeyValueStore } from "../key-value.ts";
import { createBucketView } from "./bucket-view.ts";
import { isConflict } from "./conflict.ts";
import { readRecord, requireRecord, type SessionRecord } from "./records.ts";
import { createUnrecordedEnds } from "./unrecorded-ends.ts";
import type { RefreshToken, RefreshTokens } from "./refresh-token.ts";

/** A session that isn't refreshed for this long is over. */
export const SESSION_MS = 30 * 24 * 3_600_000;

/** How long after a rotation the token before it is still answered. Far shorter than an access token lives. */
export const REFRESH_GRACE_MS = 60_000;

/** Sessions one account may have; the one unused for longest makes room. */
export const SESSIONS_PER_ACCOUNT_MAX = 100;

/** Expired sessions are removed this long after their end, so that no clock that goes wrong by less ends one too early. */
const CLEANUP_AFTER_MS = 3_600_000;

/** Expired sessions removed with each new one. */
const CLEANUP_BATCH = 20;

/** Ids of ended sessions remembered, so that a late change of the watch revives none. */
const ENDED_MAX = 10_000;

/** Rotations lost to another server before giving up; each loss means that the other one got on. */
const REFRESH_ATTEMPTS = 5;

/** What is kept in memory of each session. */
export interface LiveSession {
  /** Person id. */
  readonly person: number;
  /** ms since 1970 */
  readonly expiresAt: number;
}

/** A session with its refresh token. */
export interface GrantedSession {
  readonly sessionId: string;
  /** Person id. */
  readonly person: number;
  readonly refreshToken: string;
}

/**
 * The sessions of all servers (bucket `sessions`).
 *
 * **Refreshing.** Each refresh replaces the token by compare-and-set; of two servers that try at once one wins. The new token is derived from the
 * old one and a nonce stored with the session, so an answer that got lost costs nothing: whoever presents the token before
 * the current one within {@link REFRESH_GRACE_MS} gets the current one again, from any server, without another rotation. The loser of the race
 * above is answered the same way. A token older than that proves that two parties hold the session: it ends.
 */
export interface Sessions {
  /** Resolves when every session is known here. */
  readonly ready: Promise<void>;
  /** @param clientId where the sign-in can be repeated: what asks for it again */
  start(person: number, clientId?: string): Promise<GrantedSession>;
  /** The session with its first token, where this client_id began it and nobody has used that token. */
  startedWith(sessionId: string, clientId: string): Promise<GrantedSession | undefined>;
  /** @throws ChatError `unauthenticated` when the token is not, or no longer, good. */
  refresh(refreshToken: string): Promise<GrantedSession>;
  /**
   * Ends it on every server. A session that is over already is fine.
   * @throws ChatError when the store can't be told: then it is over on this server, and on the others once that works.
   */
  end(sessionId: string): Promise<void>;
  /** Ends every session of a person that is known here. */
  endAllOf(person: number): Promise<void>;
  /** Undefined: not known here (it may have begun on another server a moment ago). */
  get(sessionId: string): LiveSession | "ended" | undefined;
  /** As `get`, but asks the bucket where nothing is known. */
  lookUp(sessionId: string): Promise<LiveSession | "ended">;
  /** Called with the id of each session known here that ends. Returns what stops it. */
  onEnded(listener: (sessionId: string) => void): () => void;
  /** Never rejects. */
  close(): Promise<void>;
}

/** @param options.clock ms since 1970 */
export async function createSessions(options: {
  keyValue: KeyValueStore;
  refreshTokens: RefreshTokens;
  clock: () => number;
  ids: () => string;
  logger: Logger;
  timers?: Timers | undefined;
}): Promise<Sessions> {
  const { refreshTokens, clock, ids, logger, timers } = options;
  const bucket = await options.keyValue.bucket("sessions");
  const listeners = new Set<(sessionId: string) => void>();
  const unrecorded = createUnrecordedEnds({ bucket, logger, timers });
  const ended = new LRUCache<string, true>({ max: ENDED_MAX });
  /** Ids by person, the one unused for longest first. */
  const byPerson = new Map<number, Set<string>>();

  const isOver = (sessionId: string): boolean => ended.has(sessionId) || unrecorded.has(sessionId);

  const forget = (sessionId: string, person: number): void => {
    const own = byPerson.get(person);
    own?.delete(sessionId);
    if (own?.size === 0) byPerson.delete(person);
  };

  const view = createBucketView<LiveSession>({
    bucket,
    logger,
    timers,
    parse(value: Json, sessionId) {
      const record = isOver(sessionId) ? undefined : readRecord("session", value);
      return record && { person: record.person, expiresAt: record.expiresAt };
    },
    onSet(sessionId, { person }) {
      forget(sessionId, person);
      const own = byPerson.get(person);
      if (own) own.add(sessionId);
      else byPerson.set(person, new Set([sessionId]));
    },
    onAbsent: (sessionId) => ended.set(sessionId, true),
    onRemoved(sessionId, { person }) {
      forget(sessionId, person);
      for (const listener of [...listeners]) {
        try {
          listener(sessionId);
        } catch (error) {
          logger.error({ err: error }, "a listener for ended sessions failed");
        }
      }
    },
  });

  const end = async (sessionId: string): Promise<void> => {
    view.remove(sessionId); // at once, also where the bucket can't be told
    await unrecorded.record(sessionId);
  };

  const makeRoom = async (person: number): Promise<void> => {
    const own = [...(byPerson.get(person) ?? [])];
    const surplus = own.slice(0, Math.max(0, own.length - SESSIONS_PER_ACCOUNT_MAX + 1));
    const expired: string[] = [];
    // Written longest ago is expired longest ago.
    for (const [sessionId, session] of view.entries()) {
      if (expired.length >= CLEANUP_BATCH || session.expiresAt + CLEANUP_AFTER_MS > clock()) break;
      expired.push(sessionId);
    }
    for (const sessionId of new Set([...surplus, ...expired])) await end(sessionId);
  };

  const stateOf = (session: LiveSession | undefined): LiveSession | "ended" | undefined =>
    session && session.expiresAt <= clock() ? "ended" : session;

  const rotate = async (token: RefreshToken, record: SessionRecord, revision: number): Promise<RefreshToken> => {
    const nonce = refreshTokens.nonce();
    const next = refreshTokens.derive(token, nonce);
    const value: SessionRecord = {
      ...record,
      expiresAt: clock() + SESSION_MS,
      current: refreshTokens.hash(next),
      previous: { hash: record.current, nonce, replacedAt: clock() },
    };
    view.put({ key: token.sessionId, value, revision: await bucket.update(token.sessionId, value, revision) });
    return next;
  };

  const refresh = async (text: string): Promise<GrantedSession> => {
    const token = refreshTokens.read(text);
    if (!token) throw signInAgain();
    const { sessionId } = token;
    if (isOver(sessionId)) throw signInAgain();
    const hash = refreshTokens.hash(token);

    for (let attempt = 0; attempt < REFRESH_ATTEMPTS; attempt++) {
      const entry = await bucket.get(sessionId);
      if (!entry) throw signInAgain();
      const record = requireRecord("session", entry.value);
      const { person, previous } = record;
      if (record.expiresAt <= clock()) {
        await end(sessionId);
        throw signInAgain();
      }
      if (hash === record.current) {
        try {
          const next = await rotate(token, record, entry.revision);
          return { sessionId, person, refreshToken: next.text };
        } catch (error) {
          if (!isConflict(error)) throw error;
          continue;
        }
      }
      if (previous && hash === previous.hash && clock() - previous.replacedAt <= REFRESH_GRACE_MS) {
        return { sessionId, person, refreshToken: refreshTokens.derive(token, previous.nonce).text };
      }
      logger.warn(
        { security: "refresh-token-reused", sessionId, person },
        "an old refresh token came back: session ended",
      );
      await end(sessionId);
      throw signInAgain();
    }
    throw new ChatError("unavailable", "The session is being refreshed elsewhere. Try again.");
  };

  return {
    ready: view.ready,
    async start(person, clientId) {
      await makeRoom(person);
      const sessionId = ids();
      const first = clientId === undefined ? undefined : refreshTokens.nonce();
      const token =
        clientId === undefined || first === undefined
          ? refreshTokens.mint(sessionId)
          : refreshTokens.first(sessionId, clientId, first);
      const now = clock();
      const value: SessionRecord = {
        person,
        createdAt: now,
        expiresAt: now + SESSION_MS,
        current: refreshTokens.hash(token),
        ...(first !== undefined && { first }),
      };
      view.put({ key: sessionId, value, revision: await bucket.create(sessionId, value) });
      return { sessionId, person, refreshToken: token.text };
    },
    async startedWith(sessionId, clientId) {
      const entry = isOver(sessionId) ? undefined : await bucket.get(sessionId);
      if (!entry) return undefined;
      const { person, current, expiresAt, first } = requireRecord("session", entry.value);
      if (first === undefined || expiresAt <= clock()) return undefined;
      const token = refreshTokens.first(sessionId, clientId, first);
      return refreshTokens.hash(token) === current ? { sessionId, person, refreshToken: token.text } : undefined;
    },
    refresh,
    end,
    async endAllOf(person) {
      for (const sessionId of [...(byPerson.get(person) ?? [])]) await end(sessionId);
    },
    get: (sessionId) => (isOver(sessionId) ? "ended" : stateOf(view.get(sessionId))),
    async lookUp(sessionId) {
      const known = isOver(sessionId) ? "ended" : stateOf(view.get(sessionId));
      if (known) return known;
      const entry = await bucket.get(sessionId);
      // Ids are never used twice, and a token is given out after its session was stored: absent means ended.
      if (!entry) ended.set(sessionId, true);
      // A deletion that the watch told meanwhile is remembered in `ended`, and `put` then takes nothing.
      else view.put(entry);
      return stateOf(view.get(sessionId)) ?? "ended";
    },
    onEnded(listener) {
      // An own function each time: one listener given twice is called twice, and stopped one by one.
      const own = (sessionId: string): void => listener(sessionId);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    async close() {
      unrecorded.close();
      await view.close();
    },
  };
}

function signInAgain(): ChatError {
  return new ChatError("unauthenticated", "The session is over. Sign in again.");
}
