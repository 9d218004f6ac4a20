import { randomBytes, randomUUID } from "node:crypto";
import type { Logger } from "pino";
import { ChatError } from "../errors.ts";
import type { KeyValueStore } from "../key-value.ts";
import { createAccessTokens } from "./access-tokens.ts";
import { createAccountStore, type StoredAccount } from "./account-store.ts";
import type { Authenticator, Caller, Directory, PublicUser, SessionTokens } from "./auth.ts";
import { createAuthenticator } from "./authenticator.ts";
import { makeDemoUsers } from "./demo-users.ts";
import { createDirectory } from "./directory.ts";
import { type Argon2Cost, createPasswordHasher } from "./password-hasher.ts";
import { createPasswordPolicy } from "./password-policy.ts";
import { type AccountRecord, requireRecord } from "./records.ts";
import { createRefreshTokens } from "./refresh-token.ts";
import { checkPasswordLength, checkRegistration, type Registration } from "./registration.ts";
import { createSessions, type GrantedSession } from "./sessions.ts";
import { createSignInThrottle } from "./sign-in-throttle.ts";
import { loadSigningKeys } from "./signing-keys.ts";

/** Accounts, sessions and who calls. Any number of servers on one key-value store are one system. */
export interface Accounts extends Authenticator {
  /** Everybody, synchronously; complete once `ready`. */
  readonly directory: Directory;
  /** Resolves when directory and sessions are in memory. Calls work before, more slowly. @throws ChatError `unavailable` when closed before. */
  readonly ready: Promise<void>;
  /**
   * Makes an account and signs in.
   * @throws ChatError `invalid_argument` and `already_exists` with the fields `email`, `username`, `password`, `display_name`.
   */
  register(input: Registration): Promise<SessionTokens>;
  /**
   * Signs in, by handle or e-mail address.
   * @throws ChatError `unauthenticated` whether the account or the password is wrong; `resource_exhausted` with `retryAfterMs`
   *   after too many failures or while too many people sign in.
   */
  login(input: { login: string; password: string }): Promise<SessionTokens>;
  /** Trades a refresh token for new tokens (see `Sessions`). @throws ChatError `unauthenticated` */
  refresh(refreshToken: string): Promise<SessionTokens>;
  /** Ends the caller's session, on every server. */
  logout(caller: Caller): Promise<void>;
  /** @throws ChatError `unauthenticated` when the account is gone. */
  getMe(caller: Caller): Promise<{ user: PublicUser; email: string }>;
  /** Makes the demo users that are missing; see `makeDemoUsers`. */
  ensureDemoUsers(): Promise<void>;
  /** Stops the watches. Never rejects. */
  close(): Promise<void>;
}

/** Options of {@link createAccounts}. */
export interface AccountsOptions {
  readonly keyValue: KeyValueStore;
  /** ms since 1970 */
  readonly clock: () => number;
  readonly logger: Logger;
  /** Makes ids that nobody can guess; UUIDs by default. */
  readonly ids?: () => string;
  /** Makes so many bytes that nobody can guess. */
  readonly random?: (bytes: number) => Uint8Array;
  /** What a password hash costs, `ARGON2_COST` by default. */
  readonly passwordCost?: Argon2Cost;
}

/** Resolves when the signing keys are known; the watches go on behind `ready`. @throws ChatError when the store can't be read. */
export async function createAccounts(options: AccountsOptions): Promise<Accounts> {
  const { keyValue, clock, logger, ids = randomUUID, random = randomBytes, passwordCost } = options;
  const keys = await loadSigningKeys({ keyValue, ids, random });
  const accessTokens = await createAccessTokens({ key: keys.accessTokens, clock, ids });
  const refreshTokens = createRefreshTokens({ key: keys.refreshTokens, random });
  const hasher = await createPasswordHasher(passwordCost ? { cost: passwordCost } : {});
  const policy = createPasswordPolicy();
  const store = await createAccountStore({ keyValue, clock, logger });
  const people = createDirectory({ accounts: store.bucket, logger });
  const sessions = await createSessions({ keyValue, refreshTokens, clock, ids, logger });
  const throttle = await createSignInThrottle({ keyValue, clock, logger });
  const authenticator = createAuthenticator({ accessTokens, sessions, clock });

  const ready = Promise.all([people.ready, sessions.ready, throttle.ready]).then(() => undefined);
  ready.catch(() => undefined); // for whoever awaits it; nobody has to

  const grant = async (session: GrantedSession, account: AccountRecord): Promise<SessionTokens> => {
    const { token, expiresAt } = await accessTokens.sign(session.handle, session.sessionId);
    return {
      accessToken: token,
      accessExpiresAt: expiresAt,
      refreshToken: session.refreshToken,
      user: { handle: account.handle, displayName: account.displayName },
    };
  };

  const signIn = async (account: AccountRecord): Promise<SessionTokens> => {
    const session = await sessions.start(account.handle);
    logger.info({ security: "signed-in", handle: account.handle, sessionId: session.sessionId }, "signed in");
    return grant(session, account);
  };

  const rehash = async ({ record, revision }: StoredAccount, password: string): Promise<void> => {
    if (!hasher.isOutdated(record.passwordHash)) return;
    try {
      await store.update({ ...record, passwordHash: await hasher.hash(password) }, revision);
    } catch (error) {
      // The old hash is still good, and the next sign-in tries again.
      logger.warn({ err: error, handle: record.handle }, "a password could not be hashed anew");
    }
  };

  const activeAccount = async (handle: string): Promise<AccountRecord> => {
    const account = await store.get(handle);
    if (account?.record.status === "active") return account.record;
    throw new ChatError("unauthenticated", "There is no such account any more.");
  };

  return {
    directory: people.directory,
    ready,
    authenticate: (authorization) => authenticator.authenticate(authorization),
    onSessionEnded: (listener) => authenticator.onSessionEnded(listener),

    async register(input) {
      const person = checkRegistration(input);
      await policy.check(input.password, person);
      await store.assertFree(person.handle, person.email);
      const passwordHash = await hasher.hash(input.password);
      const entry = await store.create({ ...person, passwordHash }, ids());
      people.put(entry);
      logger.info({ security: "registered", handle: person.handle }, "registered");
      return signIn(requireRecord("account", entry.value));
    },

    async login({ login, password }) {
      checkPasswordLength(password);
      const { name, account } = await store.find(login);
      const known = await throttle
        .attempt(name, async () =>
          (await hasher.verify(password, account?.record.passwordHash)) ? account : undefined,
        )
        .catch((error: unknown) => Promise.reject(concerning(account?.record.handle, error)));
      if (!known) {
        const refusal = new ChatError("unauthenticated", "The name or the password is wrong.");
        throw concerning(account?.record.handle, refusal);
      }
      await rehash(known, password);
      return signIn(known.record);
    },

    async refresh(refreshToken) {
      const session = await sessions.refresh(refreshToken);
      try {
        return await grant(session, await activeAccount(session.handle));
      } catch (error) {
        if (error instanceof ChatError && error.code === "unauthenticated") await sessions.end(session.sessionId);
        throw error;
      }
    },

    async logout(caller) {
      await sessions.end(caller.sessionId);
      logger.info({ security: "signed-out", handle: caller.handle, sessionId: caller.sessionId }, "signed out");
    },

    async getMe(caller) {
      const { handle, displayName, email } = await activeAccount(caller.handle);
      return { user: { handle, displayName }, email };
    },

    ensureDemoUsers: () => makeDemoUsers({ store, hasher, logger, onMade: people.put }),

    async close() {
      await Promise.all([people.close(), sessions.close(), throttle.close()]);
    },
  };
}

/** The same refusal, with the account it is about for the log. */
function concerning(handle: string | undefined, error: unknown): Error {
  if (!(error instanceof ChatError) || handle === undefined) return error as Error;
  const { code, message, details, cause } = error;
  return new ChatError(code, message, { details: { ...details, handle }, cause });
}
