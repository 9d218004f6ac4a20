import type { Refusal } from "./domain/outcome.ts";
import { ChatError } from "./errors.ts";

/** What to tell a caller whose event was refused. @param where the conversation as the caller wrote it */
export function refusalError(refusal: Refusal, where: string): ChatError {
  const { code, reason, field } = refusal;
  const words = refusal.words(where);
  return new ChatError(code, words, {
    details: { reason, ...(field !== undefined && { fields: [{ field, description: words }] }) },
  });
}
