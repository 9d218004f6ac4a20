import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { SigningKey } from "./signing-keys.ts";

/** Bytes of randomness in a refresh token. */
const SECRET_BYTES = 32;

/** Bytes of the tag that tells a token we once gave from one somebody made up. */
const TAG_BYTES = 16;

/** A refresh token taken apart. */
export interface RefreshToken {
  readonly sessionId: string;
  readonly secret: Buffer;
  /** What the client holds. */
  readonly text: string;
}

/**
 * Makes and reads refresh tokens: `<session id>.<base64url(secret ‖ tag)>`, where `secret` is 256 bits and `tag` an HMAC over both parts.
 * The tag is no proof of anything current: it lets a made-up token be refused without looking anything up, and lets nobody
 * end a session whose id they happen to know by presenting rubbish as an "older token".
 */
export interface RefreshTokens {
  /** A token made of fresh randomness: the first one of a session. */
  mint(sessionId: string): RefreshToken;
  /**
   * The first token of a session whose sign-in can be repeated. As with `derive`, the store holds one part of what it takes (the nonce) and the client the
   * other one (its client_id).
   */
  first(sessionId: string, clientId: string, nonce: string): RefreshToken;
  /**
   * The token that follows `token`, given a nonce of that rotation. Whoever repeats a refresh gets the same token again, though the
   * store never holds one: deriving it takes both the nonce (stored) and the previous token (with the client).
   */
  derive(token: RefreshToken, nonce: string): RefreshToken;
  /** A fresh nonce for `derive`. */
  nonce(): string;
  /** Undefined: malformed, or not made by this system. */
  read(text: string): RefreshToken | undefined;
  /** What is stored in its place: SHA-256, base64url. Enough for 256 random bits, no slow hash is needed. */
  hash(token: RefreshToken): string;
}

/** @param options.key shared by all servers. */
export function createRefreshTokens(options: {
  key: SigningKey;
  random: (bytes: number) => Uint8Array;
}): RefreshTokens {
  const { key, random } = options;

  const tagOf = (sessionId: string, secret: Uint8Array): Buffer =>
    createHmac("sha256", key.secret).update(sessionId).update("\0").update(secret).digest().subarray(0, TAG_BYTES);

  const build = (sessionId: string, secret: Buffer): RefreshToken => {
    const tail = Buffer.concat([secret, tagOf(sessionId, secret)]).toString("base64url");
    return { sessionId, secret, text: `${sessionId}.${tail}` };
  };

  const secretOf = (sessionId: string, held: string | Uint8Array, nonce: string): Buffer =>
    createHmac("sha256", Buffer.from(nonce, "base64url")).update(sessionId).update("\0").update(held).digest();

  return {
    mint: (sessionId) => build(sessionId, Buffer.from(random(SECRET_BYTES))),
    first: (sessionId, clientId, nonce) => build(sessionId, secretOf(sessionId, `first ${clientId}`, nonce)),
    derive: ({ sessionId, secret }, nonce) => build(sessionId, secretOf(sessionId, secret, nonce)),
    nonce: () => Buffer.from(random(SECRET_BYTES)).toString("base64url"),
    read(text) {
      const dot = text.indexOf(".");
      if (dot <= 0) return undefined;
      const sessionId = text.slice(0, dot);
      const tail = Buffer.from(text.slice(dot + 1), "base64url");
      if (tail.length !== SECRET_BYTES + TAG_BYTES) return undefined;
      const secret = tail.subarray(0, SECRET_BYTES);
      const token = build(sessionId, secret);
      if (!timingSafeEqual(tail.subarray(SECRET_BYTES), tagOf(sessionId, secret))) return undefined;
      // One spelling only: base64url decoding skips what it doesn't know.
      return token.text === text ? token : undefined;
    },
    hash: (token) => createHash("sha256").update(token.text).digest("base64url"),
  };
}
