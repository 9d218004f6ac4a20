/** Who is calling: what a valid access token says, checked against the sessions that still exist. */
export interface Caller {
  readonly handle: string;
  readonly sessionId: string;
  /** When the access token ends, ms since 1970. */
  readonly expiresAt: number;
}

/** A person as everybody may see them. */
export interface PublicUser {
  readonly handle: string;
  readonly displayName: string;
  /** What the name and the handle look like (`look.ts`), where others are to compare them. */
  readonly nameLook?: string;
  readonly handleLook?: string;
}

/** The tokens of one signed-in client. */
export interface SessionTokens {
  readonly accessToken: string;
  /** ms since 1970 */
  readonly accessExpiresAt: number;
  readonly refreshToken: string;
  readonly user: PublicUser;
}

/** Turns an access token into its caller. Used by every call and every stream. */
export interface Authenticator {
  /**
   * Synchronous when the token was verified before and its session is known here (the hot path).
   * @throws ChatError `unauthenticated` for a token that is missing, malformed, forged, expired or of an ended session.
   */
  authenticate(authorization: string | undefined): Caller | Promise<Caller>;
  /** Tells when a session ends on any server, within a second. Returns what stops it. */
  onSessionEnded(listener: (sessionId: string) => void): () => void;
}

/** Everybody who has an account, kept in memory by a watch. Reads are synchronous. */
export interface Directory {
  get(handle: string): PublicUser | undefined;
  /** By handle; handles that begin with the query first. Without regard to case, over handle and display name. Disabled accounts are left out. */
  search(query: string, limit: number): readonly PublicUser[];
}
