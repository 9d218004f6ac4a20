import type { SubscribeRequest } from "@chat/proto/chat/v1/chat_service";
import { ChatError } from "../errors.ts";
import { lastSeqOf } from "../log/position.ts";

/** Where a stream begins. `reset` says why the client's cursor can't be honoured: the stream then begins at the head. */
export type StreamStart =
  | { readonly kind: "live" }
  | { readonly kind: "resume"; readonly after: number }
  | { readonly kind: "reset"; readonly reason: string };

/**
 * How long a cursor may be ahead of everything this server knows before it counts as one of a log that has lost its end. NATS answers for the head of a stream from one node, which for a moment after
 * an election, or after it was frozen, can be one that has not heard of the newest records: longer than that, and than this server's own tail needs to catch up.
 */
const AHEAD_MAX_MS = 10_000;

/** How often it is looked again meanwhile. */
const LOOK_AGAIN_MS = 250;

/**
 * Judges a cursor.
 * @param here what is applied here, and the log, which is asked for its head only when the cursor is ahead of that (another server was quicker).
 * @throws ChatError `invalid_argument` for `after` without `epoch`.
 */
export async function startOf(
  request: Pick<SubscribeRequest, "after" | "epoch">,
  here: {
    readonly epoch: string;
    readonly applied: { readonly seq: number };
    readonly log: { head(): Promise<number> };
  },
): Promise<StreamStart> {
  if (request.after === undefined) return { kind: "live" };
  if (request.epoch === "") {
    throw new ChatError("invalid_argument", "A cursor needs its epoch.", {
      details: { fields: [{ field: "epoch", description: "is required with after" }] },
    });
  }
  if (request.epoch !== here.epoch) return { kind: "reset", reason: "the cursor belongs to another log" };
  const after = Number(request.after);
  for (let waited = 0; after > here.applied.seq && after > lastSeqOf(await here.log.head()); waited += LOOK_AGAIN_MS) {
    if (waited >= AHEAD_MAX_MS) return { kind: "reset", reason: "the cursor is beyond the end of the log" };
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  return { kind: "resume", after };
}
