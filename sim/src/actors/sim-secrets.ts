import { createHash, createHmac } from "node:crypto";
import type { createAccessTokens } from "../../../server/src/auth/access-tokens.ts";
import type { PasswordHasher } from "../../../server/src/auth/password-hasher.ts";
import { ChatError } from "../../../server/src/errors.ts";

// The product hashes passwords and signs tokens on other threads, which answer when they like. These answer at once.

const hashOf = (password: string): string => createHash("sha256").update(password.normalize("NFC")).digest("hex");

/** Hashes that protect nothing. */
export const SIM_PASSWORDS: PasswordHasher = {
  hash: (password) => Promise.resolve(hashOf(password)),
  verify: (password, hash) => Promise.resolve(hash === hashOf(password)),
  isOutdated: () => false,
};

interface Claims {
  readonly person: number;
  readonly sessionId: string;
  readonly expiresAt: number;
  readonly id: string;
}

/** Tokens of the same form as the product's, that are good for so long. */
export const simAccessTokens =
  (lifeMs: number): typeof createAccessTokens =>
  ({ key, clock, ids }) => {
    const sign = (text: string): string => createHmac("sha256", key.secret).update(text).digest("base64url");
    const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const head = encode({ kid: key.id });
    return Promise.resolve({
      sign(person, sessionId) {
        const expiresAt = clock() + lifeMs;
        const text = `${head}.${encode({ person, sessionId, expiresAt, id: ids() } satisfies Claims)}`;
        return Promise.resolve({ token: `${text}.${sign(text)}`, expiresAt });
      },
      verify(token) {
        const [header = "", payload = "", signature] = token.split(".");
        if (signature !== sign(`${header}.${payload}`))
          return Promise.reject(new ChatError("unauthenticated", "The access token is not valid."));
        const { person, sessionId, expiresAt } = JSON.parse(Buffer.from(payload, "base64url").toString()) as Claims;
        if (expiresAt <= clock())
          return Promise.reject(new ChatError("unauthenticated", "The access token has expired."));
        return Promise.resolve({ person, sessionId, expiresAt });
      },
    });
  };
