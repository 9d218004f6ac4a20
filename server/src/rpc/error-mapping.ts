import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "@chat/proto/google/rpc/error_details";
import { Code, ConnectError } from "@connectrpc/connect";
import { ChatError, type ErrorCode } from "../errors.ts";

/** Whose reasons they are: `google.rpc.ErrorInfo.domain`. */
const REASONS_DOMAIN = "chat.v1";

const CODES: Record<ErrorCode, Code> = {
  invalid_argument: Code.InvalidArgument,
  unauthenticated: Code.Unauthenticated,
  permission_denied: Code.PermissionDenied,
  not_found: Code.NotFound,
  already_exists: Code.AlreadyExists,
  failed_precondition: Code.FailedPrecondition,
  resource_exhausted: Code.ResourceExhausted,
  aborted: Code.Aborted,
  unavailable: Code.Unavailable,
  data_loss: Code.DataLoss,
  internal: Code.Internal,
};

/**
 * What a caller is told of anything thrown: a ChatError with its code and typed details, a ConnectError as it is, an abort as `canceled`, and
 * anything else as `internal` without a word about it. The cause stays on the error, for the log. The words are well-formed whatever they repeat: half
 * a surrogate pair can't be written into a header.
 */
export function toConnectError(error: unknown): ConnectError {
  if (error instanceof ConnectError) return error.rawMessage.isWellFormed() ? error : wellFormed(error);
  if (error instanceof ChatError) return fromChatError(error);
  if (error instanceof Error && error.name === "AbortError")
    return new ConnectError("the call was canceled", Code.Canceled);
  return new ConnectError("internal error", Code.Internal, undefined, undefined, error);
}

function wellFormed(error: ConnectError): ConnectError {
  const { rawMessage, code, metadata, details, cause } = error;
  const mapped = new ConnectError(rawMessage.toWellFormed(), code, metadata, undefined, cause);
  mapped.details = details;
  return mapped;
}

function wellFormedField({ field, description }: { readonly field: string; readonly description: string }): {
  field: string;
  description: string;
} {
  return { field: field.toWellFormed(), description: description.toWellFormed() };
}

function fromChatError(error: ChatError): ConnectError {
  const { fields, retryAfterMs, reason } = error.details;
  const mapped = new ConnectError(error.message.toWellFormed(), CODES[error.code], undefined, undefined, error);
  if (reason !== undefined) {
    mapped.details.push({ desc: ErrorInfoSchema, value: create(ErrorInfoSchema, { reason, domain: REASONS_DOMAIN }) });
  }
  if (fields && fields.length > 0) {
    mapped.details.push({
      desc: BadRequestSchema,
      value: create(BadRequestSchema, { fieldViolations: fields.map(wellFormedField) }),
    });
  }
  if (retryAfterMs !== undefined) {
    mapped.details.push({
      desc: RetryInfoSchema,
      value: create(RetryInfoSchema, { retryDelay: durationFromMs(retryAfterMs) }),
    });
  }
  return mapped;
}
