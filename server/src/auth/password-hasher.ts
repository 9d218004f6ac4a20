import { availableParallelism } from "node:os";
import { hash as argon2Hash, parseOptions, verify as argon2Verify } from "@node-rs/argon2";
import pLimit from "p-limit";
import { ChatError } from "../errors.ts";

/**
 * Cost of argon2id: 46 MiB, one pass, one lane. The first of the equivalent settings of OWASP's Password Storage Cheat Sheet
 * (m=47104, t=1, p=1), which appendix C of ASVS 5.0 accepts too.
 */
export const ARGON2_COST: Argon2Cost = { memoryKib: 47_104, passes: 1, lanes: 1 };

/** Hashes that may wait for a core; past that callers are told to come back. About 5 s of work on two cores. */
const WAITING_MAX = 256;

/** What callers are told to wait when too many are waiting. */
const RETRY_AFTER_MS = 2_000;

/** Names the library's `Algorithm.Argon2id`, a `const enum` that type stripping can't read. */
const ARGON2ID = 2;

/** What a hash costs whoever computes it. */
export interface Argon2Cost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

/**
 * Turns passwords into what may be stored. At most one hash per core is computed at a time: each takes 46 MiB. Passwords are composed
 * first (NFC, as RFC 8265 says), so that the same characters from another keyboard are the same password.
 */
export interface PasswordHasher {
  /** A salted hash in PHC form. @throws ChatError `resource_exhausted` with `retryAfterMs` when too many are waiting. */
  hash(password: string): Promise<string>;
  /**
   * Whether it is the password of that hash. Without a hash the answer is no and takes as long as with one, so that time does not tell
   * who has an account. @throws ChatError `resource_exhausted` as above.
   */
  verify(password: string, hash: string | undefined): Promise<boolean>;
  /** Whether the hash was made at another cost than today's. */
  isOutdated(hash: string): boolean;
}

/** @param options.concurrency hashes computed at once; the number of cores by default. */
export async function createPasswordHasher(
  options: { cost?: Argon2Cost; concurrency?: number; waitingMax?: number } = {},
): Promise<PasswordHasher> {
  const { cost = ARGON2_COST, concurrency = availableParallelism(), waitingMax = WAITING_MAX } = options;
  const limit = pLimit(concurrency);
  const parameters = {
    algorithm: ARGON2ID,
    memoryCost: cost.memoryKib,
    timeCost: cost.passes,
    parallelism: cost.lanes,
  };
  // Nobody's password: an empty one is never accepted. Made when it is first needed: a server that nobody signs in to needs no such memory.
  let nobodys: Promise<string> | undefined;
  const hashOfNobody = (): Promise<string> => (nobodys ??= argon2Hash("", parameters));

  const run = async <T>(work: () => Promise<T>): Promise<T> => {
    if (limit.pendingCount >= waitingMax) {
      throw new ChatError("resource_exhausted", "Too many people are signing in. Try again in a moment.", {
        details: { retryAfterMs: RETRY_AFTER_MS },
      });
    }
    return limit(work);
  };

  return {
    hash: (password) => run(() => argon2Hash(password.normalize("NFC"), parameters)),
    async verify(password, hash) {
      const matches = await run(async () => argon2Verify(hash ?? (await hashOfNobody()), password.normalize("NFC")));
      return matches && hash !== undefined;
    },
    isOutdated(hash) {
      const made = parseOptions(hash);
      return (
        made.algorithm !== ARGON2ID ||
        made.memoryCost !== cost.memoryKib ||
        made.timeCost !== cost.passes ||
        made.parallelism !== cost.lanes
      );
    },
  };
}
