import { randomBytes, randomUUID } from "node:crypto";
import type { Logger } from "pino";
import { clientIdOf } from "../client-id.ts";
import { HANDLE_TAKEN } from "../domain/refusals.ts";
import type { Timers } from "../environment.ts";
import { ChatError } from "../errors.ts";
import { accountRemoved } from "./account-removed.ts";
import type { KeyValueStore } from "../key-value.ts";
import type { People } from "../people/people.ts";
import { refusalError } from "../refusal-error.ts";
import { createAccessTokens } from "./access-tokens.ts";
import { createAccountStore, emailTaken, type StoredAccount } from "./account-store.ts";
import { createAccountWork } from "./account-work.ts";
import type { Authenticator, Caller, SessionTokens } from "./auth.ts";
import { createAuthenticator } from "./authenticator.ts";
import { makeDemoUsers } from "./demo-users.ts";
import { type Argon2Cost, createPasswordHasher, type PasswordHasher } from "./password-hasher.ts";
import { createPasswordPolicy } from "./password-policy.ts";
import type { AccountRecord } from "./records.ts";
import { createRefreshTokens } from "./refresh-token.ts";
import { checkPasswordLength, checkProfile, checkRegistration, type Registration } from "./registration.ts";
import { createSessions, type GrantedSession } from "./sessions.ts";
import { createSignIns } from "./sign-ins.ts";
import { createSignInThrottle } from "./sign-in-throttle.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** Accounts, sessions and who calls. Any number of servers on one key-value store are one system. */
export interface Accounts extends Authenticator {
  /** Resolves when sessions are in memory. Calls work before, more slowly. @throws ChatError `unavailable` when closed before. */
  readonly ready: Promise<void>;
  /**
   * Makes an account and signs in. A repeat with the same `clientId` and password finishes what was begun, and signs in as a repeat of `login` does.
   * @throws ChatError `invalid_argument` and `already_exists` with the fields `email`, `username`, `password`, `display_name`.
   */
  register(input: Registration & { clientId?: string }): Promise<SessionTokens>;
  /**
   * Signs in, by handle or e-mail address. A repeat with the same `clientId` and password gets the same session again (see `SignIns`).
   * @throws ChatError `unauthenticated` whether the account or the password is wrong; `resource_exhausted` with `retryAfterMs`
   *   after too many failures or while too many people sign in.
   */
  login(input: { login: string; password: string; clientId?: string }): Promise<SessionTokens>;
  /** Trades a refresh token for new tokens (see `Sessions`). @throws ChatError `unauthenticated` */
  refresh(refreshToken: string): Promise<SessionTokens>;
  /** Ends the caller's session, on every server; over already is fine. */
  logout(caller: Caller): Promise<void>;
  /** @throws ChatError `unauthenticated` when the account is gone. */
  emailOf(caller: Caller): Promise<string>;
  /** Changes handle or display name. @throws ChatError `already_exists` naming `username` */
  updateProfile(
    caller: Caller,
    change: { username?: string | undefined; displayName?: string | undefined },
    clientId: string,
  ): Promise<void>;
  /** Removes the caller's account for good. @throws ChatError `unauthenticated` for a wrong password */
  deleteAccount(caller: Caller, input: { password: string; withMessages: boolean }): Promise<void>;
  /** Makes the demo users that are missing; see `makeDemoUsers`. Finishes account work that was cut off. */
  ensureDemoUsers(): Promise<void>;
  /** Finishes account work that was cut off. */
  finishWork(): Promise<void>;
  /** Stops the watches. Never rejects. */
  close(): Promise<void>;
}

/** Options of {@link createAccounts}. */
export interface AccountsOptions {
  readonly keyValue: KeyValueStore;
  readonly keys: SigningKeys;
  readonly people: People;
  /** Deletes every message of a person, for the removal of their account. */
  readonly deleteMessages: (person: number) => Promise<void>;
  /** ms since 1970 */
  readonly clock: () => number;
  readonly logger: Logger;
  /** Makes ids that nobody can guess; UUIDs by default. */
  readonly ids?: () => string;
  /** Makes so many bytes that nobody can guess. */
  readonly random?: (bytes: number) => Uint8Array;
  /** What a password hash costs, `ARGON2_COST` by default. */
  readonly passwordCost?: Argon2Cost;
  readonly timers?: Timers | undefined;
  /** What hashes passwords, and what signs and verifies access tokens: both compute on other threads, which a simulation has none of. */
  readonly passwords?: PasswordHasher | undefined;
  readonly accessTokens?: typeof createAccessTokens | undefined;
  /** Verified tokens that are remembered; see `createAuthenticator`. */
  readonly remembered?: number | undefined;
  /** The passwords that everybody tries first: see `createPasswordPolicy`. */
  readonly commonPasswords?: (() => Promise<Iterable<string>>) | undefined;
}

/** Resolves when the buckets are open; the watches go on behind `ready`. @throws ChatError when the store can't be read. */
export async function createAccounts(options: AccountsOptions): Promise<Accounts> {
  const {
    keyValue,
    keys,
    people,
    clock,
    logger,
    ids = randomUUID,
    random = randomBytes,
    passwordCost,
    timers,
  } = options;
  const accessTokens = await (options.accessTokens ?? createAccessTokens)({ key: keys.accessTokens, clock, ids });
  const refreshTokens = createRefreshTokens({ key: keys.refreshTokens, random });
  const hasher = options.passwords ?? (await createPasswordHasher(passwordCost ? { cost: passwordCost } : {}));
  const policy = createPasswordPolicy(options.commonPasswords && { loadCommon: options.commonPasswords });
  const store = await createAccountStore({ keyValue, people, secret: keys.handles.secret });
  const sessions = await createSessions({ keyValue, refreshTokens, clock, ids, logger, timers });
  const signIns = await createSignIns({ keyValue, sessions, clock });
  const throttle = await createSignInThrottle({ keyValue, clock, logger, timers });
  const isRemoved = (person: number): boolean => people.get(person)?.removed === true;
  const authenticator = createAuthenticator({
    accessTokens,
    sessions,
    isRemoved,
    clock,
    verifiedMax: options.remembered,
  });
  const { deleteMessages } = options;
  const work = await createAccountWork({
    keyValue,
    store,
    people,
    sessions,
    signIns,
    deleteMessages,
    clock,
    logger,
    timers,
  });

  const ready = Promise.all([sessions.ready, throttle.ready]).then(() => undefined);
  ready.catch(() => undefined); // for callers that await it; nobody has to

  const grant = async ({ person, sessionId, refreshToken }: GrantedSession): Promise<SessionTokens> => {
    const { token, expiresAt } = await accessTokens.sign(person, sessionId);
    return { accessToken: token, accessExpiresAt: expiresAt, refreshToken, person };
  };

  /** @param clientId empty: the sign-in can't be repeated */
  const signIn = async (person: number, clientId = ""): Promise<SessionTokens> => {
    const session = await signIns.start(person, clientId === "" ? undefined : clientId);
    // Asked when the session is there: the removal ends those that it sees. A client that asked for it and lost the answer gets it here.
    if (await work.goOnRemoving(person)) {
      await sessions.end(session.sessionId);
      throw accountRemoved();
    }
    logger.info({ security: "signed-in", person, sessionId: session.sessionId }, "signed in");
    return grant(session);
  };

  const rehash = async ({ person, record, revision }: StoredAccount, password: string): Promise<void> => {
    if (!hasher.isOutdated(record.passwordHash)) return;
    try {
      await store.update(person, { ...record, passwordHash: await hasher.hash(password) }, revision);
    } catch (error) {
      // The old hash is still good, and the next sign-in tries again.
      logger.warn({ err: error, person }, "a password could not be hashed again");
    }
  };

  const activeAccount = async (person: number): Promise<AccountRecord> => {
    const account = people.get(person)?.removed === false ? await store.get(person) : undefined;
    if (account?.record.status === "active") return account.record;
    throw new ChatError("unauthenticated", "There is no such account any more.");
  };

  /** The person of a registration that was made before under this claim id, by somebody who knows the password. */
  const registeredBefore = async (claimId: string, email: string, password: string): Promise<number | undefined> => {
    const claim = await store.claimOf(email);
    const person = claim?.claimId === claimId ? claim.person : undefined;
    const account = person === undefined ? undefined : await store.get(person);
    if (account && !(await hasher.verify(password, account.record.passwordHash))) throw emailTaken();
    return account?.person;
  };

  return {
    ready,
    authenticate: (authorization, session) => authenticator.authenticate(authorization, session),
    onSessionEnded: (listener) => authenticator.onSessionEnded(listener),

    async register({ clientId, ...input }) {
      const { handle, email, displayName } = checkRegistration(input);
      const claimId = clientId === undefined || clientId === "" ? ids() : clientId;
      const before = await registeredBefore(claimId, email, input.password);
      if (before !== undefined) return signIn(before, clientId);
      await policy.check(input.password, { handle, email });
      const begun = await work.begun(claimId);
      if (!begun) await assertFree(handle, email);
      else if (!(await hasher.verify(input.password, begun.passwordHash))) throw emailTaken();
      const passwordHash = begun?.passwordHash ?? (await hasher.hash(input.password));
      const person = await work.register({ handle, email, displayName, passwordHash }, claimId);
      logger.info({ security: "registered", person }, "registered");
      return signIn(person, clientId);
    },

    async login({ login, password, clientId }) {
      checkPasswordLength(password);
      const { name, account } = await store.find(login);
      const known = await throttle
        .attempt(name, async () =>
          (await hasher.verify(password, account?.record.passwordHash)) ? account : undefined,
        )
        .catch((error: unknown) => Promise.reject(concerning(account?.person, error)));
      if (!known) {
        const refusal = new ChatError("unauthenticated", "The name or the password is wrong.");
        throw concerning(account?.person, refusal);
      }
      await rehash(known, password);
      return signIn(known.person, clientId);
    },

    async refresh(refreshToken) {
      const session = await sessions.refresh(refreshToken);
      try {
        await activeAccount(session.person);
        return await grant(session);
      } catch (error) {
        if (error instanceof ChatError && error.code === "unauthenticated") await sessions.end(session.sessionId);
        throw error;
      }
    },

    async logout({ person, sessionId }) {
      await sessions.end(sessionId);
      logger.info({ security: "signed-out", person, sessionId }, "signed out");
    },

    async emailOf({ person }) {
      return (await activeAccount(person)).email;
    },

    async updateProfile({ person }, change, clientId) {
      const { handle, displayName } = checkProfile(change);
      await people.change(person, { handle, displayName }, clientIdOf(clientId));
    },

    async deleteAccount({ person }, { password, withMessages }) {
      checkPasswordLength(password);
      const { passwordHash } = await activeAccount(person);
      const isRight = await throttle.attempt(String(person), async () =>
        (await hasher.verify(password, passwordHash)) ? true : undefined,
      );
      if (!isRight) throw new ChatError("unauthenticated", "The password is wrong.");
      await work.remove(person, { withMessages });
    },

    async ensureDemoUsers() {
      await makeDemoUsers({ people, work, hasher, logger });
    },

    finishWork: () => work.sweep(),

    async close() {
      work.close();
      await Promise.all([sessions.close(), throttle.close()]);
    },
  };

  async function assertFree(handle: string, email: string): Promise<void> {
    const taken: ChatError[] = [];
    if (people.byHandle(handle)) taken.push(refusalError(HANDLE_TAKEN, `@${handle}`));
    if (await store.claimOf(email)) taken.push(emailTaken());
    const [first] = taken;
    if (!first) return;
    // The reason is the first one's; the fields name each.
    throw new ChatError(first.code, taken.map(({ message }) => message).join(" "), {
      details: { ...first.details, fields: taken.flatMap(({ details }) => details.fields ?? []) },
    });
  }
}

/** The same refusal, with the account it is about for the log. */
function concerning(person: number | undefined, error: unknown): Error {
  if (!(error instanceof ChatError) || person === undefined) return error as Error;
  const { code, message, details, cause } = error;
  return new ChatError(code, message, { details: { ...details, account: String(person) }, cause });
}
