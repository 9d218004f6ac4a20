import { LRUCache } from "lru-cache";
import { ChatError } from "../errors.ts";
import { accountRemoved } from "./account-removed.ts";
import type { AccessTokens } from "./access-tokens.ts";
import type { Authenticator, Caller } from "./auth.ts";
import type { LiveSession, Sessions } from "./sessions.ts";

/** Verified tokens kept in memory: about 0.6 KB each. */
const VERIFIED_MAX = 20_000;

/** Longest `authorization` header looked at, in characters. Ours have some 350. */
const AUTHORIZATION_MAX_LENGTH = 2_048;

/**
 * One spelling of each token. A signature of 32 bytes has 43 characters of base64url, of which the last carries four bits: three others would decode to the same bytes.
 */
const BEARER = /^[Bb][Ee][Aa][Rr][Ee][Rr] +([\w-]+\.[\w-]+\.[\w-]{42}[AEIMQUYcgkosw048])$/;

/** What is asked of a session unless said otherwise. */
const GOING_ON = { mayBeOver: false } as const;

/** As every client of ours writes it: then the token need not be looked for. */
const PREFIX = "Bearer ";

/**
 * Turns `authorization` headers into callers. A token's signature is checked once and remembered; its end and its session are
 * checked on each call, from memory. Nothing of what is refused is remembered, so rubbish pushes nothing out.
 */
export function createAuthenticator(options: {
  accessTokens: AccessTokens;
  sessions: Sessions;
  /** Whether this person's account was removed. */
  isRemoved: (person: number) => boolean;
  clock: () => number;
  verifiedMax?: number | undefined;
}): Authenticator {
  const { accessTokens, sessions, isRemoved, clock } = options;
  const verified = new LRUCache<string, Caller>({ max: options.verifiedMax ?? VERIFIED_MAX });

  const admit = (caller: Caller, session: LiveSession | "ended"): Caller => {
    // Also where a session goes on: one can begin while the account is being removed, when those before it have ended.
    if (isRemoved(caller.person)) throw accountRemoved();
    if (session === "ended" || session.person !== caller.person)
      throw new ChatError("unauthenticated", "The session is over. Sign in again.");
    return caller;
  };

  const verify = async (token: string): Promise<Caller> => {
    const caller = await accessTokens.verify(token);
    verified.set(token, caller);
    return caller;
  };

  function whileItsSessionLasts(caller: Caller): Caller | Promise<Caller> {
    const session = sessions.get(caller.sessionId);
    if (session) return admit(caller, session);
    return sessions.lookUp(caller.sessionId).then((found) => admit(caller, found));
  }

  /** What may be a token; one that was verified is known by its text alone. */
  function tokenIn(authorization: string): string | undefined {
    if (authorization.startsWith(PREFIX)) {
      const rest = authorization.slice(PREFIX.length);
      if (verified.has(rest)) return rest;
    }
    return authorization.length <= AUTHORIZATION_MAX_LENGTH ? BEARER.exec(authorization)?.[1] : undefined;
  }

  /** Whose token it is, whether or not its session goes on. */
  function holder(authorization: string | undefined): Caller | Promise<Caller> {
    if (!authorization) throw new ChatError("unauthenticated", "Sign in first: there is no access token.");
    const token = tokenIn(authorization);
    if (!token) throw new ChatError("unauthenticated", "The access token is not valid.");
    const caller = verified.get(token);
    if (!caller) return verify(token);
    if (caller.expiresAt > clock()) return caller;
    verified.delete(token);
    throw new ChatError("unauthenticated", "The access token has expired.");
  }

  return {
    authenticate(authorization, { mayBeOver } = GOING_ON) {
      const caller = holder(authorization);
      if (mayBeOver) return caller;
      return caller instanceof Promise ? caller.then(whileItsSessionLasts) : whileItsSessionLasts(caller);
    },
    onSessionEnded: (listener) => sessions.onEnded(listener),
  };
}
