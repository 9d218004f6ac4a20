import { nextTurn, PLATFORM_TIMERS, type Timers } from "../environment.ts";
import { ChatError } from "../errors.ts";
import { EVENTS_PER_RECORD } from "./position.ts";
import { type Anchor, encodeRecord } from "./record-codec.ts";
import { FIRST_FORMAT } from "./record-format.ts";
import type { RecordLog } from "./record-log.ts";

/** One record's events in bytes at most: well below the 1 MiB a NATS server takes by default. */
export const RECORD_MAX_BYTES = 512 * 1024;

/** Events that may wait for the record under way. At 10,000 characters each this is still bounded by {@link QUEUE_MAX_BYTES}. */
export const QUEUE_MAX_EVENTS = 4 * EVENTS_PER_RECORD;

/** Bytes that may wait for the record under way. */
export const QUEUE_MAX_BYTES = 32 * 1024 * 1024;

/** How long a caller that met a full queue should wait. */
const QUEUE_RETRY_MS = 1_000;

/** Where an event was stored. */
export interface Appended {
  /** Number of the record among those of this origin. */
  readonly batch: number;
  /** The record's sequence in the log. */
  readonly sequence: number;
  /** The event's index in the record. */
  readonly index: number;
}

/** Gathers events into records. */
export interface GroupCommit {
  /**
   * Resolves once the event is stored. Events go in the order of the calls.
   * @param version the lowest version of the record format that can express it; the first one, unless told otherwise
   * @throws what {@link RecordLog.append} throws; ChatError `resource_exhausted` when too many events wait already (not stored);
   *   `unavailable` after close (not stored).
   */
  append(event: Uint8Array, version?: number): Promise<Appended>;
  /** Events waiting and under way. */
  readonly pending: number;
  /** Resolves when nothing waits any more, stored or not. */
  flush(): Promise<void>;
  /** Takes no more events; resolves when the last record is answered. Never rejects. */
  close(): Promise<void>;
}

interface Waiter {
  readonly event: Uint8Array;
  readonly version: number;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Group commit: while one record is under way the next events gather, and go together as one record when it is answered. At most
 * one record is in flight, so a caller's order holds. Idle, an event leaves at the end of the turn of the event loop in which it came:
 * nothing waits for company, but what arrives in one turn travels together.
 *
 * @param options.anchor asked for each record: the newest one that was applied here. Throws when nothing may be appended now.
 * @param options.onStoredBeforeAnchor told when a record was stored at or before its own anchor, which no log does that kept what
 *   it had. The callers of that record are told that it was not stored: it is void (see `log/chain.ts`).
 */
export function createGroupCommit(options: {
  log: Pick<RecordLog, "append">;
  origin: string;
  anchor?: () => Anchor;
  onStoredBeforeAnchor?: () => void;
  timers?: Timers;
}): GroupCommit {
  const { log, origin, timers = PLATFORM_TIMERS } = options;
  let queue: Waiter[] = [];
  let queuedBytes = 0;
  let batch = 0;
  let inFlight = 0;
  let running = false;
  let closed = false;
  let idle: PromiseWithResolvers<void> | undefined;

  function takeRecord(): Waiter[] {
    let bytes = 0;
    let count = 0;
    while (count < queue.length && count < EVENTS_PER_RECORD) {
      const size = queue[count]?.event.length ?? 0;
      if (count > 0 && bytes + size > RECORD_MAX_BYTES) break;
      bytes += size;
      count++;
    }
    const taken = queue.slice(0, count);
    queue = queue.slice(count);
    queuedBytes -= bytes;
    return taken;
  }

  async function run(): Promise<void> {
    while (queue.length > 0) {
      const waiters = takeRecord();
      inFlight = waiters.length;
      batch++;
      const thisBatch = batch;
      try {
        const anchor = options.anchor?.();
        const record = encodeRecord({
          origin,
          batch: thisBatch,
          events: waiters.map((waiter) => waiter.event),
          version: Math.max(...waiters.map((waiter) => waiter.version)),
          anchor,
        });
        const sequence = await log.append(record, { id: `${origin}-${thisBatch}` });
        if (anchor && sequence <= anchor.sequence) {
          options.onStoredBeforeAnchor?.();
          throw new ChatError("unavailable", "Not stored: the log went back. Try again.", {
            details: { retryAfterMs: QUEUE_RETRY_MS },
          });
        }
        waiters.forEach((waiter, index) => waiter.resolve({ batch: thisBatch, sequence, index }));
      } catch (reason) {
        for (const waiter of waiters) waiter.reject(reason);
      }
      inFlight = 0;
      // One turn for those whose answer has just gone out: what they send next travels together.
      if (queue.length > 0) await nextTurn(timers);
    }
    running = false;
    idle?.resolve();
    idle = undefined;
  }

  function schedule(): void {
    if (running) return;
    running = true;
    timers.setImmediate(() => void run());
  }

  function flush(): Promise<void> {
    if (!running) return Promise.resolve();
    idle ??= Promise.withResolvers<void>();
    return idle.promise;
  }

  return {
    append(event, version = FIRST_FORMAT) {
      if (closed) return Promise.reject(new ChatError("unavailable", "The server is stopping."));
      if (queue.length >= QUEUE_MAX_EVENTS || queuedBytes + event.length > QUEUE_MAX_BYTES) {
        return Promise.reject(
          new ChatError("resource_exhausted", "Too many messages are waiting to be stored.", {
            details: { retryAfterMs: QUEUE_RETRY_MS },
          }),
        );
      }
      return new Promise<Appended>((resolve, reject) => {
        queue.push({ event, version, resolve, reject });
        queuedBytes += event.length;
        schedule();
      });
    },
    get pending() {
      return queue.length + inFlight;
    },
    flush,
    async close() {
      closed = true;
      await flush();
    },
  };
}
