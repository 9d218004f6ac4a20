import { createContextKey, type ContextValues } from "@connectrpc/connect";
import type { Caller } from "../auth/auth.ts";
import { ChatError } from "../errors.ts";

/** Where the authentication interceptor leaves who calls. */
export const callerKey = createContextKey<Caller | undefined>(undefined, { description: "caller" });

/** Who calls. @throws ChatError `unauthenticated` where nobody signed in. */
export function getCaller(context: { readonly values: ContextValues }): Caller {
  const caller = context.values.get(callerKey);
  if (!caller) throw new ChatError("unauthenticated", "Sign in first: there is no access token.");
  return caller;
}
