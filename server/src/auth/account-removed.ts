import { ChatError } from "../errors.ts";

/** The answer to a token of a person whose account is gone. A client that asked for the removal and lost the answer learns of it by this. */
export function accountRemoved(): ChatError {
  return new ChatError("unauthenticated", "This account was removed.", { details: { reason: "ACCOUNT_REMOVED" } });
}
