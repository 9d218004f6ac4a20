import { JetStreamApiError } from "@nats-io/jetstream";
import {
  AuthorizationError,
  ClosedConnectionError,
  ConnectionError,
  DrainingConnectionError,
  NoRespondersError,
  PermissionViolationError,
  RequestError,
  TimeoutError,
} from "@nats-io/transport-node";
import { ChatError } from "../../errors.ts";

/** JetStream's error codes that this engine acts on (nats-server's errors.json). */
export const JS_CODE = {
  noSuitablePeers: 10_005,
  noMessage: 10_037,
  noSequence: 10_043,
  messageDeleteFailed: 10_057,
  streamNotFound: 10_059,
  streamNameInUse: 10_058,
  /** A record with this id is being stored, by a try before this one. */
  duplicateInProcess: 10_158,
  wrongLastSequence: 10_071,
  wrongLastSequenceUnknown: 10_164,
} as const;

/** Those that mean "full": nothing was stored. */
const FULL: ReadonlySet<number> = new Set([10_023, 10_028, 10_047, 10_054, 10_077, 10_122]);

/** The JetStream code of an error, undefined for any other. */
export function jsCode(error: unknown): number | undefined {
  return error instanceof JetStreamApiError ? error.code : undefined;
}

/** Whether somebody else was faster. */
export function isConflict(error: unknown): boolean {
  const code = jsCode(error);
  return code === JS_CODE.wrongLastSequence || code === JS_CODE.wrongLastSequenceUnknown;
}

/** What NATS's store says of a message that is not there; the code beside it is the same for every failure to delete. */
const NO_MESSAGE = /no message found|message deleted/;

/** Whether there is no message of that sequence: it was deleted, or never there. */
export function isMissingMessage(error: unknown): boolean {
  const code = jsCode(error);
  if (code === JS_CODE.messageDeleteFailed) return NO_MESSAGE.test((error as Error).message);
  return code === JS_CODE.noMessage || code === JS_CODE.noSequence;
}

/** Whether it may work in a moment: no leader, no answer, no connection. */
export function mayPass(error: unknown): boolean {
  if (error instanceof RequestError || error instanceof NoRespondersError || error instanceof TimeoutError) return true;
  if (
    error instanceof ClosedConnectionError ||
    error instanceof DrainingConnectionError ||
    error instanceof ConnectionError
  )
    return true;
  if (jsCode(error) === JS_CODE.duplicateInProcess) return true;
  // The client's word for a subject on which nobody answers: the stream has no leader. With an error of JetStream's behind it, the account has no JetStream.
  if (error instanceof Error && error.name === "JetStreamNotEnabled")
    return !(error.cause instanceof JetStreamApiError);
  // A cluster that has just been started does not know all its nodes yet.
  if (jsCode(error) === JS_CODE.noSuitablePeers) return true;
  // Another server makes the same stream in this moment: it can be opened when that is done, and not before.
  if (jsCode(error) === JS_CODE.streamNameInUse) return true;
  // 503 in JetStream's own words: no leader, not enough peers, or it restarts.
  return error instanceof JetStreamApiError && error.status === 503 && !FULL.has(error.code);
}

/** What went wrong in terms of the ports. A ChatError passes through. */
export function fromNatsError(error: unknown, what: string): ChatError {
  if (error instanceof ChatError) return error;
  const code = jsCode(error);
  if (code !== undefined && FULL.has(code))
    return new ChatError("resource_exhausted", "The server's storage is full.", { cause: error });
  if (error instanceof AuthorizationError || error instanceof PermissionViolationError) {
    return new ChatError("failed_precondition", `NATS refuses this server ${what}: its account may not do that.`, {
      cause: error,
    });
  }
  return new ChatError("unavailable", `NATS can't be reached ${what}.`, {
    cause: error,
    details: { retryAfterMs: 1_000 },
  });
}
