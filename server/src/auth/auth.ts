/** Who is calling: what a valid access token says, checked against the sessions that still exist. */
export interface Caller {
  /** Person id. */
  readonly person: number;
  readonly sessionId: string;
  /** When the access token ends, ms since 1970. */
  readonly expiresAt: number;
}

/** The tokens of one signed-in client. */
export interface SessionTokens {
  readonly accessToken: string;
  /** ms since 1970 */
  readonly accessExpiresAt: number;
  readonly refreshToken: string;
  /** Whose they are: person id. */
  readonly person: number;
}

/** Turns an access token into its caller. Used by every call and every stream. */
export interface Authenticator {
  /**
   * Synchronous when the token was verified before and its session is known here (the hot path).
   * @param session whether it may be over: for what ends it, which can be asked for twice
   * @throws ChatError `unauthenticated` for a token that is missing, malformed, forged, expired or of an ended session.
   */
  authenticate(authorization: string | undefined, session?: { readonly mayBeOver: boolean }): Caller | Promise<Caller>;
  /** Tells when a session ends on any server, within a second. Returns what stops it. */
  onSessionEnded(listener: (sessionId: string) => void): () => void;
}
