import type { SubscribeRequest } from "@chat/proto/chat/v1/chat_service";
import type { Timers } from "../environment.ts";
import { ChatError } from "../errors.ts";
import { type CursorCodec, provesChain, recordOf } from "../log/cursor-codec.ts";
import { waitForRecord } from "../projection/wait-for-record.ts";

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
 * Judges a cursor. One that another server gave may be ahead of what is applied here: it is waited for, since only the chain at its record tells whether it
 * is of this log's past.
 * @param here what is applied here, and the log, which is asked for its head only when a cursor stays ahead of that
 * @throws ChatError `invalid_argument` for a string that is no cursor, `unavailable` when this server does not catch up with it
 */
export async function startOf(
  request: Pick<SubscribeRequest, "cursor">,
  here: {
    readonly cursors: Pick<CursorCodec, "decode">;
    readonly applied: { readonly sequence: number; chainAt(sequence: number): Uint8Array | undefined };
    readonly log: { head(): Promise<number> };
    readonly timers?: Timers;
  },
): Promise<StreamStart> {
  const { applied } = here;
  if (request.cursor === "") return { kind: "live" };
  const cursor = here.cursors.decode(request.cursor);
  if (!cursor) {
    throw new ChatError("invalid_argument", "This is not a cursor.", {
      details: { fields: [{ field: "cursor", description: "must be the cursor of a frame, as it was" }] },
    });
  }
  if (!cursor.isOfThisEpoch) return { kind: "reset", reason: "the cursor belongs to another log" };
  const record = recordOf(cursor.seq);
  if (!(await waitForRecord(applied, record, { maxMs: AHEAD_MAX_MS, lookMs: LOOK_AGAIN_MS }, here.timers))) {
    if (record > (await here.log.head())) return { kind: "reset", reason: "the cursor is beyond the end of the log" };
    throw new ChatError("unavailable", "This server has not caught up with your cursor yet.", {
      details: { retryAfterMs: 1_000 },
    });
  }
  const chain = applied.chainAt(record);
  if (!chain || !provesChain(cursor, chain))
    return { kind: "reset", reason: "the log went back behind the cursor and was written on" };
  return { kind: "resume", after: cursor.seq };
}
