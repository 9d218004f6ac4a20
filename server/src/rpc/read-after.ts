import type { Timers } from "../environment.ts";
import { ChatError } from "../errors.ts";
import { type CursorCodec, recordOf } from "../log/cursor-codec.ts";
import { waitForRecord } from "../projection/wait-for-record.ts";

/** A request's header with the cursor of the caller's stream: the answer shall not be older than what that stream has told. */
export const CURSOR_HEADER = "chat-cursor";

/** How long a call waits for this server to catch up with another one, in ms. */
const WAIT_MAX_MS = 3_000;

/** How often it looks. */
const LOOK_MS = 20;

/**
 * Lets a call wait until everything is applied here that its caller has seen on a stream of another server, and the making of the caller's account. A header that is no cursor, or is one of
 * another log, is passed over: the stream itself tells its client of that.
 */
export function createReadAfter(here: {
  cursors: Pick<CursorCodec, "decode">;
  applied: { readonly sequence: number };
  timers?: Timers;
}): ReadAfter {
  async function catchUp(record: number): Promise<void> {
    if (await waitForRecord(here.applied, record, { maxMs: WAIT_MAX_MS, lookMs: LOOK_MS }, here.timers)) return;
    throw new ChatError("unavailable", "This server has not caught up yet. Try again.", {
      details: { retryAfterMs: 1_000 },
    });
  }
  return (header, person) => {
    const cursor = header === undefined ? undefined : here.cursors.decode(header);
    // A person's id is the seq that added them: before that is applied, nothing of theirs is known here.
    const record = recordOf(Math.max(person, cursor?.isOfThisEpoch ? cursor.seq : 0));
    return record <= here.applied.sequence ? undefined : catchUp(record);
  };
}

/**
 * Undefined where there is nothing to wait for.
 * @param header the value of {@link CURSOR_HEADER}
 * @param person who calls
 * @throws ChatError `unavailable` when this server stays behind
 */
export type ReadAfter = (header: string | undefined, person: number) => Promise<void> | undefined;
