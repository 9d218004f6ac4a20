import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type Event, EventSchema } from "@chat/proto/chat/v1/event";
import { parse as parseUuid } from "uuid";
import { admit } from "../domain/admit.ts";
import type { Outcome, Refusal } from "../domain/outcome.ts";
import { ChatError } from "../errors.ts";
import type { CallContext, ChatDependencies } from "./chat-dependencies.ts";

/** What became of a proposed event. With `duplicate`, `seq` is that of the first. */
export type Proposed =
  | { readonly kind: "accepted" | "duplicate"; readonly seq: number; readonly event: Event }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/**
 * Asks for an event: refuses early what the rules refuse now, else appends it and answers with what the rules said at its place in the log.
 * @param clientId a UUID in its text form
 * @throws ChatError `invalid_argument` for a client_id that is no UUID; what Settlement.submit throws.
 */
export async function propose(
  deps: ChatDependencies,
  caller: CallContext,
  conversation: string,
  clientId: string,
  kind: NonNullable<MessageInitShape<typeof EventSchema>["kind"]>,
): Promise<Proposed> {
  const event = create(EventSchema, {
    actor: caller.handle,
    clientId: uuidBytes(clientId),
    conversation,
    at: timestampFromMs(deps.now()),
    kind,
  });
  const early = admit(deps.projection.state, event);
  if (early.kind !== "accepted") return answer(deps, early, 0, event);
  // Without a signal: an event that was asked for happens, whether or not the answer still finds its caller.
  const { seq, outcome } = await deps.settlement.submit(toBinary(EventSchema, event));
  return answer(deps, outcome, seq, event);
}

function answer(deps: ChatDependencies, outcome: Outcome, seq: number, event: Event): Proposed {
  switch (outcome.kind) {
    case "accepted":
      return { kind: "accepted", seq, event };
    case "duplicate":
      return { kind: "duplicate", seq: outcome.seq, event: deps.projection.event(outcome.seq) ?? event };
    case "refused":
      return outcome;
  }
}

function uuidBytes(text: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(parseUuid(text));
  } catch (cause) {
    throw new ChatError("invalid_argument", "client_id is not a UUID.", {
      cause,
      details: { fields: [{ field: "client_id", description: "must be a UUID" }] },
    });
  }
}

/** What to tell a caller whose event was refused. `where` is the conversation as people write it. */
export function refusalError(refusal: Refusal, where: string): ChatError {
  switch (refusal) {
    case "malformed":
      return new ChatError("invalid_argument", "That can't be done in this conversation.");
    case "client_id_reused":
      return new ChatError("already_exists", "This client_id was used for something else. Make a new one.", {
        details: { fields: [{ field: "client_id", description: "was used for something else" }] },
      });
    case "room_exists":
      return new ChatError("already_exists", `The name ${where} is taken.`, {
        details: { fields: [{ field: "name", description: "is taken" }] },
      });
    case "no_such_room":
      return new ChatError("not_found", `There is no room ${where}.`);
    case "already_member":
      return new ChatError("failed_precondition", `You are in ${where} already.`);
    case "not_a_member":
      return new ChatError("permission_denied", `You are not in ${where}.`);
    case "no_such_message":
      return new ChatError("not_found", "The message you answer is not in this conversation.", {
        details: { fields: [{ field: "reply_to", description: "is not a message of this conversation" }] },
      });
  }
}
