import type { SubscribeRequest } from "@chat/proto/chat/v1/chat_service";
import { ChatError } from "../errors.ts";
import { lastSeqOf } from "../log/position.ts";

/** Where a stream begins. `reset` says why the client's cursor can't be honoured: the stream then begins at the head. */
export type StreamStart =
  | { readonly kind: "live" }
  | { readonly kind: "resume"; readonly after: number }
  | { readonly kind: "reset"; readonly reason: string };

/**
 * Judges a cursor.
 * @param log asked for its head only when the cursor is ahead of what is applied here (another server was quicker).
 * @throws ChatError `invalid_argument` for `after` without `epoch`.
 */
export async function startOf(
  request: Pick<SubscribeRequest, "after" | "epoch">,
  here: { epoch: string; seq: number; log: { head(): Promise<number> } },
): Promise<StreamStart> {
  if (request.after === undefined) return { kind: "live" };
  if (request.epoch === "") {
    throw new ChatError("invalid_argument", "A cursor needs its epoch.", {
      details: { fields: [{ field: "epoch", description: "is required with after" }] },
    });
  }
  if (request.epoch !== here.epoch) return { kind: "reset", reason: "the cursor belongs to another log" };
  const after = Number(request.after);
  if (after > here.seq && after > lastSeqOf(await here.log.head())) {
    return { kind: "reset", reason: "the cursor is beyond the end of the log" };
  }
  return { kind: "resume", after };
}
