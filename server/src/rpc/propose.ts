import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type Event, EventSchema } from "@chat/proto/chat/log/v1/event";
import { parse as parseUuid } from "uuid";
import type { Outcome } from "../domain/outcome.ts";
import { ChatError } from "../errors.ts";
import type { CallContext, ChatDependencies } from "./chat-dependencies.ts";
import { refusalError } from "./refusal-error.ts";

/** What became of a proposed event: where it stands (with `duplicate`: where the first one does), or 0 where what it asked for was so already. */
export interface Proposed {
  readonly seq: number;
  readonly duplicate: boolean;
}

/**
 * Asks for an event: refuses early what the rules refuse now, else appends it and answers with what the rules said at its place in the log. The one way by
 * which calls change anything.
 *
 * @param conversation its id; empty for the creation of a room
 * @param options.clientId a UUID in its text form
 * @param options.where the conversation as the caller wrote it, for the words of a refusal
 * @throws ChatError what the rules refuse; `invalid_argument` for a client_id that is no UUID; `already_exists` where it was used for something else;
 *   what SubmitEvent throws.
 */
export async function propose(
  deps: ChatDependencies,
  caller: CallContext,
  conversation: string,
  kind: NonNullable<MessageInitShape<typeof EventSchema>["kind"]>,
  options: { clientId: string; where: string },
): Promise<Proposed> {
  const event = create(EventSchema, {
    actor: BigInt(caller.person),
    clientId: uuidBytes(options.clientId),
    conversation,
    at: timestampFromMs(deps.now()),
    kind,
  });
  const { seq, outcome } = await deps.submit(event);
  return judge(deps, event, outcome, seq, options.where);
}

function judge(deps: ChatDependencies, event: Event, outcome: Outcome, seq: number, where: string): Proposed {
  switch (outcome.kind) {
    case "accepted":
      return { seq, duplicate: false };
    case "duplicate":
      if (!deps.projection.events.isSame(event)) throw clientIdReused();
      return { seq, duplicate: true };
    case "refused":
      if (outcome.refusal.asGood) return { seq: 0, duplicate: false };
      throw refusalError(outcome.refusal, where);
  }
}

function clientIdReused(): ChatError {
  return new ChatError("already_exists", "This client_id was used for something else. Make a new one.", {
    details: {
      reason: "CLIENT_ID_REUSED",
      fields: [{ field: "client_id", description: "was used for something else" }],
    },
  });
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
