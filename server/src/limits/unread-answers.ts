import { ChatError } from "../errors.ts";
import { abandon, type NodeResponse } from "../wire/node-http.ts";

/** Answers below this are not looked after: the streams that a connection may have bound them. */
const SMALL_ANSWER_BYTES = 4 * 1024;

/** How long a client may take to read one answer before it is dropped. */
const UNREAD_ANSWER_MS = 60_000;

/** What callers are told to wait where too much is unread. */
const RETRY_AFTER_MS = 1_000;

/** Bytes of answers that were written and that their readers have not taken yet. */
export interface UnreadAnswers {
  /** @throws ChatError `resource_exhausted` while too much of the owner's, or of everybody's, is unread. */
  assertRoom(owner: string): void;
  /** Counts an answer until its response is closed. */
  hold(owner: string, bytes: number, response: NodeResponse): void;
  /** Bytes that are unread now. */
  readonly bytes: number;
}

/** Keeps count of unread answers. An owner is an account, or an address where there is none. */
export function createUnreadAnswers(options: { bytesPerOwner: number; bytesInAll: number }): UnreadAnswers {
  const { bytesPerOwner, bytesInAll } = options;
  const owners = new Map<string, number>();
  let total = 0;

  return {
    assertRoom(owner) {
      if (total === 0) return;
      if (total < bytesInAll && (owners.get(owner) ?? 0) < bytesPerOwner) return;
      throw new ChatError("resource_exhausted", "Too many answers wait to be read. Read them first.", {
        details: { retryAfterMs: RETRY_AFTER_MS },
      });
    },
    hold(owner, bytes, response) {
      if (bytes < SMALL_ANSWER_BYTES) return;
      total += bytes;
      owners.set(owner, (owners.get(owner) ?? 0) + bytes);
      const giveUp = setTimeout(() => abandon(response), UNREAD_ANSWER_MS);
      giveUp.unref();
      response.once("close", () => {
        clearTimeout(giveUp);
        total -= bytes;
        const left = (owners.get(owner) ?? 0) - bytes;
        if (left > 0) owners.set(owner, left);
        else owners.delete(owner);
      });
    },
    get bytes() {
      return total;
    },
  };
}
