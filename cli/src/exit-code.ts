import type { ClientErrorCode } from "@chat/client";
import { describeError as describeClientError, isClientError } from "@chat/client/describe-error";
import { certificateProblem } from "./certificate-problem.ts";

/** What the process answers to the shell; scripts rely on the numbers. */
export const EXIT = {
  ok: 0,
  error: 1,
  usage: 2,
  signInNeeded: 3,
  notFound: 4,
  network: 5,
  conflict: 6,
  /** Ended by SIGHUP, SIGINT or SIGTERM: 128 and the signal's number, as shells count it. */
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

/** One of the numbers of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const EXIT_OF_CLIENT_ERROR: Record<ClientErrorCode, ExitCode> = {
  invalid_argument: EXIT.usage,
  unauthenticated: EXIT.signInNeeded,
  permission_denied: EXIT.error,
  not_found: EXIT.notFound,
  already_exists: EXIT.conflict,
  resource_exhausted: EXIT.error,
  failed_precondition: EXIT.conflict,
  unavailable: EXIT.network,
  unimplemented: EXIT.error,
  internal: EXIT.error,
};

/** A command's way to end with something other than success. `message` is one plain sentence for a person. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** Wrong arguments: exit code 2. */
export function usageError(message: string): CommandError {
  return new CommandError(EXIT.usage, message);
}

/** The exit code for anything thrown. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode;
  if (isClientError(error)) return EXIT_OF_CLIENT_ERROR[error.code];
  return EXIT.error;
}

/** What to tell people about anything thrown, with the fields that a server named. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!isClientError(error)) return error.message;
  const { message, fields } = describeClientError(error);
  const certificate = error.code === "unavailable" ? certificateProblem(error) : undefined;
  if (certificate !== undefined) return `${message} ${certificate}`;
  const unsaid = Object.entries(fields).filter(([, description]) => !message.includes(description));
  if (unsaid.length === 0) return message;
  return `${message} (${unsaid.map(([field, description]) => `${field}: ${description}`).join("; ")})`;
}
