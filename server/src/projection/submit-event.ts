import { toBinary } from "@bufbuild/protobuf";
import { type Event, EventSchema } from "@chat/proto/chat/log/v1/event";
import { admit } from "../domain/fold.ts";
import { rulesOf } from "../domain/kinds.ts";
import { ChatError } from "../errors.ts";
import type { FormatsRead } from "./formats-read.ts";
import type { Projection } from "./projection.ts";
import type { Settled, Settlement } from "./settlement.ts";
import type { Tail } from "./tail.ts";

/**
 * The one way by which this server brings an event into the log. An event that the rules refuse now, or know already, is not appended; of any other the
 * answer says what the rules said at its place in the log.
 *
 * @returns `seq`: where the event stands, of a duplicate where the first one does; 0 where it was refused before it was appended
 * @throws ChatError `failed_precondition` for a kind that a live server does not read yet; `resource_exhausted` while the disk is full; what {@link Settlement.submit} throws
 */
export type SubmitEvent = (event: Event) => Promise<Settled>;

/** Submits events to the log behind this projection. */
export function createSubmitEvent(options: {
  projection: Pick<Projection, "state">;
  settlement: Pick<Settlement, "submit">;
  formats: Pick<FormatsRead, "byAll">;
  tail: Pick<Tail, "isHeldUp">;
}): SubmitEvent {
  const { projection, settlement, formats, tail } = options;
  return async (event) => {
    const early = admit(projection.state, event);
    if (early.kind !== "accepted") return { seq: early.kind === "duplicate" ? early.seq : 0, outcome: early };
    const { case: kind } = event.kind;
    if (kind !== undefined && rulesOf(kind).since > formats.byAll()) throw notReadByAll();
    if (tail.isHeldUp()) throw noRoom();
    // Without a signal: an event that was submitted happens, whether or not the answer still finds its caller.
    const { seq, outcome } = await settlement.submit(toBinary(EventSchema, event));
    return { seq: outcome.kind === "duplicate" ? outcome.seq : seq, outcome };
  };
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
