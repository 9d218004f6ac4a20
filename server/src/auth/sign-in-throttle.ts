import { createHash } from "node:crypto";
import type { Logger } from "pino";
import type { Timers } from "../environment.ts";
import { ChatError } from "../errors.ts";
import type { KeyValueStore } from "../key-value.ts";
import { type BucketView, createBucketView } from "./bucket-view.ts";
import { isConflict } from "./conflict.ts";
import { createKeyedQueue } from "./keyed-queue.ts";
import { type AttemptsRecord, readRecord } from "./records.ts";

/** Failures in a row after which nobody can sign in to that account for a while. */
export const FAILURES_MAX = 3;

/** How long that is. Failures older than this are forgotten. */
export const LOCK_MS = 10 * 60_000;

/** Accounts (and names that are none) with failures that are remembered; past that the oldest are forgotten. */
const REMEMBERED_MAX = 5_000;

/** Old entries looked at with each failure, so that the bucket stays small without a timer. */
const CLEANUP_BATCH = 5;

/** Attempts that may wait for the one under way. */
const WAITING_MAX = 256;

/** What callers are told to wait when too many are waiting. */
const RETRY_AFTER_MS = 1_000;

const WRITE_ATTEMPTS = 10;

/**
 * Slows down guessing of passwords. Counts failures per account in the bucket `sign-in-failures`, so the lock holds on all servers; names without
 * an account are counted just the same. On one server the attempts on one account go one after another, so no burst gets more than
 * {@link FAILURES_MAX} tries; on several, each can have one more under way.
 */
export interface SignInThrottle {
  readonly ready: Promise<void>;
  /**
   * Lets `check` look at a password, unless the account is locked. Undefined from `check` is a failure; anything else a success, which
   * wipes the failures out. What `check` throws counts as neither.
   *
   * @param name the account's handle, or what was typed where there is no account.
   * @throws ChatError `resource_exhausted` with `retryAfterMs` while it is locked.
   */
  attempt<T>(name: string, check: () => Promise<T | undefined>): Promise<T | undefined>;
  /** Names with failures that are known here. */
  readonly remembered: number;
  /** Never rejects. */
  close(): Promise<void>;
}

/** @param options.clock ms since 1970 */
export async function createSignInThrottle(options: {
  keyValue: KeyValueStore;
  clock: () => number;
  logger: Logger;
  rememberedMax?: number;
  timers?: Timers | undefined;
}): Promise<SignInThrottle> {
  const { clock, logger, rememberedMax = REMEMBERED_MAX } = options;
  const bucket = await options.keyValue.bucket("sign-in-failures");
  const queue = createKeyedQueue({ waitingMax: WAITING_MAX, retryAfterMs: RETRY_AFTER_MS });
  const view: BucketView<AttemptsRecord> = createBucketView({
    bucket,
    logger,
    timers: options.timers,
    parse: (value) => readRecord("attempts", value),
  });

  const isOver = (record: AttemptsRecord | undefined): boolean => !record || record.lastAt + LOCK_MS <= clock();

  const cleanUp = async (): Promise<void> => {
    const oldest = [...view.entries()].slice(0, CLEANUP_BATCH);
    let surplus = view.size - rememberedMax;
    for (const [key, seen] of oldest) {
      if (!isOver(seen) && surplus-- <= 0) break;
      const entry = await bucket.get(key);
      // Renewed meanwhile: then it is not among the oldest any more.
      if (!entry || readRecord("attempts", entry.value)?.lastAt !== seen.lastAt) continue;
      try {
        await bucket.delete(key, entry.revision);
        view.remove(key);
      } catch (error) {
        if (!isConflict(error)) throw error;
      }
    }
  };

  const countFailure = async (key: string): Promise<number> => {
    for (let attempt = 0; attempt < WRITE_ATTEMPTS; attempt++) {
      const entry = await bucket.get(key);
      const before = entry && readRecord("attempts", entry.value);
      const value = { failures: before && !isOver(before) ? before.failures + 1 : 1, lastAt: clock() };
      try {
        const revision = entry ? await bucket.update(key, value, entry.revision) : await bucket.create(key, value);
        view.put({ key, value, revision });
        return value.failures;
      } catch (error) {
        if (!isConflict(error)) throw error;
      }
    }
    throw new ChatError("unavailable", "Too many attempts at once. Try again in a moment.");
  };

  return {
    ready: view.ready,
    get remembered() {
      return view.size;
    },
    async attempt(name, check) {
      // Hashed: people type passwords into the wrong field, and keys have a limit.
      const key = createHash("sha256").update(name).digest("base64url");
      return queue.run(key, async () => {
        const entry = await bucket.get(key);
        const record = entry && readRecord("attempts", entry.value);
        if (record && !isOver(record) && record.failures >= FAILURES_MAX) {
          throw new ChatError("resource_exhausted", "Too many failed attempts. Signing in is locked for a while.", {
            details: { retryAfterMs: record.lastAt + LOCK_MS - clock() },
          });
        }
        const result = await check();
        if (result === undefined) {
          const failures = await countFailure(key);
          if (failures === FAILURES_MAX) {
            logger.warn(
              { security: "sign-in-locked", subject: key, lockedMs: LOCK_MS },
              "signing in is locked after failures",
            );
          }
          await cleanUp();
        } else if (entry) {
          await bucket.delete(key);
          view.remove(key);
        }
        return result;
      });
    },
    close: () => view.close(),
  };
}
