import { ChatError } from "../errors.ts";

/** What is said to whoever comes with a token of a person whose account is gone: who asked for the removal and lost the answer learns it by this. */
export function accountRemoved(): ChatError {
  return new ChatError("unauthenticated", "This account was removed.", { details: { reason: "ACCOUNT_REMOVED" } });
}
