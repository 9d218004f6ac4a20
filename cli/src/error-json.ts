import type { ClientErrorCode } from "@chat/client";
import { isClientError } from "@chat/client/describe-error";
import { asStarted } from "./program-name.ts";
import { describeError, EXIT, exitCodeOf, type ExitCode } from "./exit-code.ts";

/** For what this program itself says; the SDK's errors have codes of their own. */
const CODE_OF_EXIT: Partial<Record<ExitCode, ClientErrorCode>> = {
  [EXIT.usage]: "invalid_argument",
  [EXIT.signInNeeded]: "unauthenticated",
  [EXIT.notFound]: "not_found",
  [EXIT.network]: "unavailable",
  [EXIT.conflict]: "failed_precondition",
};

/** Anything thrown, for programs: `chat help json`. */
export function errorJson(error: unknown, programName: string): object {
  const message = asStarted(describeError(error), programName);
  if (!isClientError(error)) {
    return { error: { code: CODE_OF_EXIT[exitCodeOf(error)] ?? "internal", message, fields: [] } };
  }
  const { code, reason, fields } = error;
  return { error: { code, message, ...(reason === undefined ? {} : { reason }), fields } };
}
