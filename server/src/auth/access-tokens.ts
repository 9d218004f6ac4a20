import { webcrypto } from "node:crypto";
import { errors, jwtVerify, SignJWT } from "jose";
import { ChatError } from "../errors.ts";
import type { Caller } from "./auth.ts";
import type { SigningKey } from "./signing-keys.ts";

/** How long an access token is good. Short, since it can only be recalled by ending its session. */
export const ACCESS_TOKEN_MS = 10 * 60_000;

/** `iss` and `aud`: tokens are made by the server for itself. */
const PARTY = "chat";

/** Signs and verifies access tokens: JWTs (RFC 7519) with HS256. Says nothing about whether the session still exists. */
export interface AccessTokens {
  sign(person: number, sessionId: string): Promise<{ token: string; expiresAt: number }>;
  /** @throws ChatError `unauthenticated` for anything but a token of this system that has not ended. */
  verify(token: string): Promise<Caller>;
}

/** @param options.clock ms since 1970 */
export async function createAccessTokens(options: {
  key: SigningKey;
  clock: () => number;
  ids: () => string;
}): Promise<AccessTokens> {
  const { key, clock, ids } = options;
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  // Imported once: jose would do it for each call.
  const secret = await webcrypto.subtle.importKey("raw", Uint8Array.from(key.secret), algorithm, false, [
    "sign",
    "verify",
  ]);

  return {
    async sign(person, sessionId) {
      const issuedAt = Math.floor(clock() / 1000);
      const expires = issuedAt + ACCESS_TOKEN_MS / 1000;
      const token = await new SignJWT({ sid: sessionId })
        .setProtectedHeader({ alg: "HS256", typ: "JWT", kid: key.id })
        .setIssuer(PARTY)
        .setAudience(PARTY)
        .setSubject(String(person))
        .setIssuedAt(issuedAt)
        .setExpirationTime(expires)
        .setJti(ids())
        .sign(secret);
      return { token, expiresAt: expires * 1000 };
    },

    async verify(token) {
      try {
        const { payload } = await jwtVerify(
          token,
          (header) => {
            if (header.kid !== key.id) throw new errors.JWKSNoMatchingKey();
            return secret;
          },
          {
            algorithms: ["HS256"],
            issuer: PARTY,
            audience: PARTY,
            typ: "JWT",
            requiredClaims: ["sub", "sid", "exp", "iat", "jti"],
            currentDate: new Date(clock()),
          },
        );
        const { sub, sid, exp } = payload;
        const person = Number(sub);
        if (Number.isSafeInteger(person) && typeof sid === "string" && typeof exp === "number") {
          return { person, sessionId: sid, expiresAt: exp * 1000 };
        }
      } catch (error) {
        if (!(error instanceof errors.JOSEError)) throw error;
        if (error instanceof errors.JWTExpired) {
          throw new ChatError("unauthenticated", "The access token has expired.", { cause: error });
        }
        throw new ChatError("unauthenticated", "The access token is not valid.", { cause: error });
      }
      throw new ChatError("unauthenticated", "The access token is not valid.");
    },
  };
}
