/**
 * The closed set of reasons why something the product does can fail. Every code maps to one Connect code
 * (`rpc/error-mapping.ts`); anything thrown that is not a ChatError leaves the server as `internal`, its cause logged and
 * never sent.
 */
export const ERROR_CODES = [
  "invalid_argument",
  "unauthenticated",
  "permission_denied",
  "not_found",
  "already_exists",
  "failed_precondition",
  "resource_exhausted",
  "aborted",
  "unavailable",
  "data_loss",
  "internal",
] as const;

/** One of {@link ERROR_CODES}. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** What callers can act on besides the code. Sent as typed error details. */
export interface ErrorDetails {
  /** Which rule refused, stable and for programs: `google.rpc.ErrorInfo`. */
  readonly reason?: string;
  /** Which field of the request is wrong and why: `google.rpc.BadRequest`. */
  readonly fields?: readonly { readonly field: string; readonly description: string }[];
  /** When a retry makes sense, in milliseconds from now: `google.rpc.RetryInfo`. */
  readonly retryAfterMs?: number;
  /** Whose account was asked for without success; for the log alone, never sent. */
  readonly account?: string;
}

/** The only error that the server's own code throws on purpose. `message` is written for the person who sees it. */
export class ChatError extends Error {
  override readonly name = "ChatError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: { details?: ErrorDetails; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}
