import type { ClientErrorCode, ClientErrorShape } from "@chat/client";
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
  /** Ended by SIGINT, as shells count it. */
  interrupted: 130,
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
  failed_precondition: EXIT.error,
  unimplemented: EXIT.error,
  unavailable: EXIT.network,
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

/** Whether the SDK threw it. Told by shape, so that the SDK is loaded only by commands that need it. */
export function isClientError(error: unknown): error is ClientErrorShape {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "string" &&
    Object.hasOwn(EXIT_OF_CLIENT_ERROR, error.code)
  );
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
  const certificate = error.code === "unavailable" ? certificateProblem(error) : undefined;
  if (certificate !== undefined) return `${error.message} ${certificate}`;
  if (error.fields.every(({ description }) => error.message.includes(description))) return error.message;
  const fields = error.fields.map(({ field, description }) => `${field}: ${description}`).join("; ");
  return `${error.message} (${fields})`;
}
