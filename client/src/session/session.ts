import { createClient, type Transport } from "@connectrpc/connect";
import { AuthService, type Session as SessionMessage } from "@chat/proto/chat/v1/auth_service";
import { atom } from "nanostores";
import { parseHandle } from "../address.ts";
import { answer, callOptions, persist } from "../calls.ts";
import { createAuthTransport, type AccessTokens } from "./auth-transport.ts";
import { ClientError, present, toClientError } from "../client-error.ts";
import type { Environment } from "../environment.ts";
import { toUserRow } from "../from-proto.ts";
import { SESSION_KEY, type ClientStorage } from "../storage/storage.ts";
import { endOnServer } from "./end-on-server.ts";
import { createRegistrations } from "./registrations.ts";
import { isRemoved } from "./removed-account.ts";
import { forget, fromMessage, toStored, type StoredSession } from "./stored-session.ts";
import type { ChatUser, SessionControl, SessionState } from "../types.ts";

/** A token is renewed when less than this is left of it. */
const RENEW_BEFORE_MS = 60_000;
/** By the clock alone, no renewal sooner than this after the last one: a machine whose clock is wrong would renew before each call. */
const MIN_RENEW_INTERVAL_MS = 30_000;
const RETRY_MS = 10_000;
/** Timers are cut to this: they overflow at 24 days, and a machine may sleep. */
const MAX_TIMER_MS = 3_600_000;

/** Who is signed in, with the tokens; what the rest of the SDK sees of the session. */
export interface Session extends SessionControl {
  readonly tokens: AccessTokens;
  /** Signs each call. */
  readonly transport: Transport;
  /** The signed-in person's row has changed. */
  rowChanged(user: ChatUser): void;
  /** Stops timers and listeners. */
  close(): void;
}

/**
 * Keeps somebody signed in: renews the access token shortly before it ends and once when the server refuses it, one renewal at a time over all
 * clients of the storage, because a refresh token is good for one use. Only the server's word ends a session; a failed network never does.
 */
export function createSession(options: {
  transport: Transport;
  storage: ClientStorage;
  environment: Environment;
  /** That of the stream that runs; empty: none does. */
  cursor: () => string;
}): Session {
  const { storage, environment } = options;
  const { now, timers, logger, ids } = environment;
  const plain = createClient(AuthService, options.transport);
  const $state = atom<SessionState>({ state: "restoring" });
  let current: StoredSession | undefined;
  let renewing: Promise<StoredSession> | undefined;
  let renewedAt = -Infinity;
  let timer: unknown;
  let closed = false;

  const tokens: AccessTokens = {
    async current() {
      const session = required();
      if (!isDue(session)) return session.accessToken;
      try {
        return (await renewed(session)).accessToken;
      } catch (error) {
        // The old token may still be good; if it is not, the server will say so.
        if (toClientError(error).code !== "unauthenticated" && session.accessExpiresAt > now())
          return session.accessToken;
        throw error;
      }
    },
    async renew(refused) {
      const session = required();
      return (session.accessToken === refused ? await renewed(session) : session).accessToken;
    },
  };
  const transport = createAuthTransport(options.transport, tokens, options.cursor);
  const signed = createClient(AuthService, transport);
  const registrations = createRegistrations(storage, environment);

  const stopListening = storage.onChange((key, value) => {
    if (key === SESSION_KEY) adopt(toStored(value), false);
  });
  adopt(toStored(storage.get(SESSION_KEY)), false);

  function required(): StoredSession {
    if (current === undefined) throw new ClientError("unauthenticated", "Please sign in.");
    return current;
  }

  function isDue(session: StoredSession): boolean {
    return session.accessExpiresAt - now() < RENEW_BEFORE_MS && now() - renewedAt >= MIN_RENEW_INTERVAL_MS;
  }

  /** Makes this the session in memory. `ended`: the server ended the one before. */
  function adopt(session: StoredSession | undefined, ended: boolean): void {
    current = session;
    schedule();
    const before = $state.get();
    if (session === undefined) {
      if (before.state !== "signed-out" || before.ended !== ended) $state.set({ state: "signed-out", ended });
    } else if (before.state !== "signed-in" || !isSameUser(before.user, session.user)) {
      $state.set({ state: "signed-in", user: session.user });
    }
  }

  function schedule(delayMs?: number): void {
    timers.clearTimeout(timer);
    timer = undefined;
    // An answer may come after the end; a timer then would keep a process alive for minutes.
    if (current === undefined || closed) return;
    const wait = delayMs ?? Math.max(current.accessExpiresAt - RENEW_BEFORE_MS - now() + 1, MIN_RENEW_INTERVAL_MS);
    timer = timers.setTimeout(
      () => {
        if (current === undefined) return;
        if (!isDue(current)) return schedule();
        renewed(current).catch((error: unknown) => {
          logger.warn("session not renewed", { code: toClientError(error).code });
          schedule(RETRY_MS);
        });
      },
      Math.min(wait, MAX_TIMER_MS),
    );
  }

  function renewed(session: StoredSession): Promise<StoredSession> {
    renewing ??= storage
      .lock("session", () => renewLocked(session))
      .finally(() => {
        renewing = undefined;
      });
    return renewing;
  }

  async function renewLocked(session: StoredSession): Promise<StoredSession> {
    await storage.sync();
    const stored = toStored(storage.get(SESSION_KEY));
    if (stored === undefined || stored.refreshToken !== session.refreshToken) {
      // Another client of this storage was faster, or signed out.
      adopt(stored, false);
      return required();
    }
    try {
      const response = await plain.refresh({ refreshToken: session.refreshToken }, callOptions());
      const next = fromMessage(response.session);
      renewedAt = now();
      // Signed out (or in as somebody else) while the answer was on its way: it is nobody's.
      if (current?.refreshToken !== session.refreshToken) return required();
      await store(next);
      adopt(next, false);
      return next;
    } catch (error) {
      const { code } = toClientError(error);
      if (
        (code === "unauthenticated" || code === "invalid_argument") &&
        current?.refreshToken === session.refreshToken
      ) {
        adopt(undefined, true);
        await storage.delete(SESSION_KEY);
        throw new ClientError("unauthenticated", "Your session has ended. Please sign in again.", { cause: error });
      }
      throw toClientError(error);
    }
  }

  async function store(session: StoredSession): Promise<void> {
    try {
      await storage.set(SESSION_KEY, session);
    } catch (error) {
      // A full or read-only storage: signed in for this run only.
      logger.warn("session not stored", { error: String(error) });
    }
  }

  /** Shown and stored with the new name; the tokens stay. */
  function rowChanged(user: ChatUser): void {
    if (current === undefined || current.user.id !== user.id || isSameUser(current.user, user)) return;
    const next = { ...current, user };
    void store(next);
    adopt(next, false);
  }

  /** Makes a call of this person again whose answer was lost, as long as nobody else has signed in. */
  function persistAs<T>({ id }: ChatUser, call: () => Promise<T>): Promise<T> {
    return persist(async () => {
      if (current !== undefined && current.user.id !== id)
        throw new ClientError("unauthenticated", "You have signed out meanwhile.");
      return call();
    }, environment);
  }

  /** Their account is gone: so is everything of theirs here. */
  async function leave({ id }: ChatUser): Promise<void> {
    if (current === undefined || current.user.id === id) adopt(undefined, false);
    await forget(storage, id);
  }

  async function begin(message: SessionMessage | undefined, remember: boolean | undefined): Promise<ChatUser> {
    const session = fromMessage(message);
    await storage.remember?.(remember ?? true, session.user.id);
    renewedAt = -Infinity;
    await store(session);
    adopt(session, false);
    return session.user;
  }

  return {
    $state,
    tokens,
    transport,
    async login({ login, password, remember }) {
      const response = await answer(plain.login({ login: login.trim(), password }, callOptions()));
      return begin(response.session, remember);
    },
    async register({ email, username, password, displayName, remember }) {
      const request = {
        email: email.trim(),
        username: handleIn(username),
        password,
        displayName: displayName?.trim() ?? "",
      };
      const attempt = registrations.begin(request);
      try {
        const response = await answer(plain.register({ ...request, clientId: attempt }, callOptions()));
        registrations.end();
        return await begin(response.session, remember);
      } catch (error) {
        // Whether the account was made is open only while no answer came.
        if (toClientError(error).code !== "unavailable") registrations.end();
        throw error;
      }
    },
    async logout() {
      const session = current;
      if (session === undefined) return;
      adopt(undefined, false);
      try {
        await storage.sync();
      } catch (error) {
        // What others wrote stays unknown; what is known goes all the same.
        logger.warn("storage not read", { error: String(error) });
      }
      await forget(storage, session.user.id);
      try {
        await endOnServer(plain, session);
      } catch (error) {
        // Offline, or already over: signed out here all the same.
        logger.warn("signed out here only", { code: toClientError(error).code });
      }
    },
    async whoAmI() {
      const { user, email } = await answer(signed.getMe({}, callOptions()));
      return { ...toUserRow(present(user)).user, email };
    },
    async updateProfile({ username, displayName }) {
      const request = {
        ...(username !== undefined && { username: handleIn(username) }),
        ...(displayName !== undefined && { displayName: displayName.trim() }),
        clientId: ids(),
      };
      const { user } = await persistAs(required().user, () => signed.updateProfile(request, callOptions()));
      const changed = toUserRow(present(user)).user;
      rowChanged(changed);
      return changed;
    },
    async deleteAccount(input) {
      const { user } = required();
      const token = await tokens.current();
      const request = { ...input, clientId: ids() };
      try {
        await persistAs(user, () => signed.deleteAccount(request, callOptions()));
      } catch (error) {
        // The session may have ended with the account, by a call whose answer was lost.
        if (current !== undefined || !(await isRemoved(plain, token, environment))) throw error;
      }
      await leave(user);
    },
    rowChanged,
    close() {
      closed = true;
      stopListening();
      timers.clearTimeout(timer);
    },
  };
}

/** The handle that was typed; what is none goes as it is, and the server says what is wrong with it. */
function handleIn(text: string): string {
  return parseHandle(text) ?? text.trim();
}

function isSameUser(one: ChatUser, other: ChatUser): boolean {
  return one.id === other.id && one.handle === other.handle && one.displayName === other.displayName;
}
