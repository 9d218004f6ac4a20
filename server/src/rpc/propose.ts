import { clientIdOf } from "../client-id.ts";
import type { Proposal } from "../projection/submit-event.ts";
import { refusalError } from "../refusal-error.ts";
import type { CallContext, ChatDependencies } from "./chat-dependencies.ts";

/** What became of a proposed event: where it stands (with `duplicate`: where the first one does), or 0 where what it asked for was so already. */
export interface Proposed {
  readonly seq: number;
  readonly duplicate: boolean;
}

/**
 * Asks for an event: refuses early what the rules refuse now, else appends it and answers with what the rules said at its place in the log. The one way by
 * which calls of ChatService change anything.
 *
 * @param conversation its id; empty for the creation of a room
 * @param options.clientId a UUID in its text form
 * @param options.where the conversation as the caller wrote it, for the words of a refusal
 * @throws ChatError what the rules refuse; `invalid_argument` for a client_id that is no UUID; what SubmitEvent throws.
 */
export async function propose(
  deps: ChatDependencies,
  caller: CallContext,
  conversation: string,
  kind: Proposal["kind"],
  options: { clientId: string; where: string },
): Promise<Proposed> {
  const clientId = clientIdOf(options.clientId);
  const { seq, outcome } = await deps.submit({ actor: caller.person, clientId, conversation, kind });
  switch (outcome.kind) {
    case "accepted":
    case "unknown":
      return { seq, duplicate: false };
    case "duplicate":
      return { seq, duplicate: true };
    case "refused":
      if (outcome.refusal.asGood) return { seq: 0, duplicate: false };
      throw refusalError(outcome.refusal, options.where);
  }
}
