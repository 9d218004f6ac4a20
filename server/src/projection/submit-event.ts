import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { EventSchema } from "@chat/proto/chat/log/v1/event";
import { admit } from "../domain/fold.ts";
import { rulesOf } from "../domain/kinds.ts";
import { ChatError } from "../errors.ts";
import type { FormatsRead } from "./formats-read.ts";
import type { Projection } from "./projection.ts";
import type { Settled, Settlement } from "./settlement.ts";
import type { Tail } from "./tail.ts";

/** What is to happen: an event but for its time. */
export interface Proposal {
  /** Person id; 0: the server. */
  readonly actor: number;
  readonly clientId: Uint8Array<ArrayBuffer>;
  /** Id of the conversation; absent for events about people, and for the creation of a room. */
  readonly conversation?: string;
  readonly kind: NonNullable<MessageInitShape<typeof EventSchema>["kind"]>;
}

/**
 * The one way by which this server brings an event into the log. An event that the rules refuse now, or know already, is not appended; of any other the
 * answer says what the rules said at its place in the log.
 *
 * @returns `seq`: where the event stands, of a duplicate where the first one does; 0 where it was refused before it was appended
 * @throws ChatError `already_exists` (CLIENT_ID_REUSED) where the first event with the client_id asked for something else; `failed_precondition` for a kind that
 *   a live server does not read yet; `resource_exhausted` while the disk is full; what {@link Settlement.submit} throws
 */
export type SubmitEvent = (proposal: Proposal) => Promise<Settled>;

/** Submits events to the log behind this projection. @param options.now ms since 1970; stamped on events */
export function createSubmitEvent(options: {
  projection: Pick<Projection, "state" | "events">;
  settlement: Pick<Settlement, "submit">;
  formats: Pick<FormatsRead, "byAll">;
  tail: Pick<Tail, "isHeldUp">;
  now: () => number;
}): SubmitEvent {
  const { projection, settlement, formats, tail, now } = options;
  return async ({ actor, ...proposal }) => {
    const event = create(EventSchema, { ...proposal, actor: BigInt(actor), at: timestampFromMs(now()) });
    const early = admit(projection.state, event);
    const settled = early.kind === "accepted" ? await append() : { seq: 0, outcome: early };
    const { outcome } = settled;
    if (outcome.kind !== "duplicate") return settled;
    if (!projection.events.isSame(event)) throw clientIdReused();
    return { seq: outcome.seq, outcome };

    function append(): Promise<Settled> {
      const { case: kind } = event.kind;
      if (kind === undefined) throw new Error("an event without a kind");
      const { since } = rulesOf(kind);
      if (since > formats.byAll()) throw notReadByAll();
      if (tail.isHeldUp()) throw noRoom();
      return settlement.submit(toBinary(EventSchema, event), since);
    }
  };
}

function clientIdReused(): ChatError {
  return new ChatError("already_exists", "This client_id was used for something else. Make a new one.", {
    details: {
      reason: "CLIENT_ID_REUSED",
      fields: [{ field: "client_id", description: "was used for something else" }],
    },
  });
}

function notReadByAll(): ChatError {
  return new ChatError(
    "failed_precondition",
    "Some servers are of an older release that can't read this. Upgrade them.",
    {
      details: { reason: "SERVERS_TOO_OLD" },
    },
  );
}

/** Nothing was stored. */
function noRoom(): ChatError {
  return new ChatError("resource_exhausted", "The server's disk is full.", { details: { retryAfterMs: 1_000 } });
}
