export const CLIENT_ERROR_CODES = [
  "invalid_argument",
  "unauthenticated",
  "permission_denied",
  "not_found",
  "already_exists",
  "resource_exhausted",
  "failed_precondition",
  "unavailable",
  /** The server does not know the call: it is older than this client. */
  "unimplemented",
  "internal",
] as const;

export type ClientErrorCode = (typeof CLIENT_ERROR_CODES)[number];

/** The only error the SDK throws. `message` can be shown to people. */
export interface ClientErrorShape extends Error {
  readonly code: ClientErrorCode;
  /** The server's stable reason ("MESSAGE_DELETED"), where it gave one. */
  readonly reason?: string;
  /** Which input is wrong, by the API's field name. */
  readonly fields: readonly { readonly field: string; readonly description: string }[];
  readonly retryAfterMs?: number;
}
