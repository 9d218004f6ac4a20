import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "@chat/proto/google/rpc/error_details";
import { durationMs } from "@bufbuild/protobuf/wkt";
import type { ClientErrorCode, ClientErrorShape } from "./types.ts";

/** The only error the SDK throws. `message` is a plain sentence that can be shown to people. */
export class ClientError extends Error implements ClientErrorShape {
  override readonly name = "ClientError";
  readonly code: ClientErrorCode;
  readonly fields: ClientErrorShape["fields"];
  /** How long the server asks to wait, in milliseconds. */
  declare readonly retryAfterMs?: number;
  /** The server's stable reason ("MESSAGE_DELETED"), where it gave one. */
  declare readonly reason?: string;

  constructor(
    code: ClientErrorCode,
    message: string,
    options: {
      fields?: ClientErrorShape["fields"];
      retryAfterMs?: number | undefined;
      reason?: string | undefined;
      cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.fields = options.fields ?? [];
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
    if (options.reason !== undefined) this.reason = options.reason;
  }
}

/** Turns whatever a call threw into a ClientError. An aborted call becomes `unavailable`. */
export function toClientError(error: unknown): ClientError {
  if (error instanceof ClientError) return error;
  if (!(error instanceof ConnectError)) {
    return new ClientError("internal", SENTENCES.internal, { cause: error });
  }
  const code = codeOf(error);
  const fields = error
    .findDetails(BadRequestSchema)
    .flatMap((detail) => detail.fieldViolations.map(({ field, description }) => ({ field, description })));
  const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
  const retryAfterMs = delay === undefined ? undefined : durationMs(delay);
  const reason = error.findDetails(ErrorInfoSchema)[0]?.reason;
  const said = MACHINERY.has(code) ? "" : error.rawMessage.trim();
  return new ClientError(code, said === "" ? SENTENCES[code] : said, { fields, retryAfterMs, reason, cause: error });
}

/** Part of a response that the contract promises. @throws ClientError `internal` where a server left it out. */
export function present<T>(part: T | undefined): T {
  if (part === undefined) throw new ClientError("internal", SENTENCES.internal);
  return part;
}

const SENTENCES: Readonly<Record<ClientErrorCode, string>> = {
  invalid_argument: "Something in this request is not valid.",
  unauthenticated: "Please sign in.",
  permission_denied: "You may not do that here.",
  not_found: "There is nothing by that name.",
  already_exists: "That is already taken.",
  resource_exhausted: "That was too much at once. Try again in a moment.",
  failed_precondition: "That is not possible right now.",
  unavailable: "The server can't be reached.",
  unimplemented: "This server is older than this client and can't do that.",
  internal: "Something went wrong on the server.",
};

// In these the server's words are about machinery; in all others they are a sentence for people.
const MACHINERY: ReadonlySet<ClientErrorCode> = new Set(["unavailable", "unimplemented", "internal"]);

function codeOf(error: ConnectError): ClientErrorCode {
  switch (error.code) {
    case Code.InvalidArgument:
    case Code.OutOfRange:
      return "invalid_argument";
    case Code.Unauthenticated:
      return "unauthenticated";
    case Code.PermissionDenied:
      return "permission_denied";
    case Code.NotFound:
      return "not_found";
    case Code.AlreadyExists:
      return "already_exists";
    case Code.ResourceExhausted:
      return "resource_exhausted";
    case Code.FailedPrecondition:
      return "failed_precondition";
    // Unknown is what transports call a connection that failed under them; this server never sends it.
    case Code.Unknown:
    case Code.Canceled:
    case Code.DeadlineExceeded:
    case Code.Aborted:
    case Code.Unavailable:
      return "unavailable";
    case Code.Internal:
      // With a cause it was raised on this side: a broken connection or body, not an answer of the server.
      return error.cause === undefined ? "internal" : "unavailable";
    case Code.Unimplemented:
      return "unimplemented";
    case Code.DataLoss:
      return "internal";
  }
}
