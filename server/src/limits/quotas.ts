import { LRUCache } from "lru-cache";
import { ChatError } from "../errors.ts";

/** What one account may have this server keep. */
export interface QuotaBounds {
  readonly roomsPerDay: number;
  /** Since the server started. */
  readonly rooms: number;
  readonly storedBytesPerDay: number;
}

/** Counts what accounts have this server keep, by the day (UTC). Counted by each server for itself, from what it sees. */
export interface Quotas {
  /** @throws ChatError `resource_exhausted` where that would be more than the account may. Then nothing is counted. */
  spend(account: string, kind: "stored-bytes" | "rooms", amount: number): void;
  /** Takes back what was counted for something that did not happen. */
  giveBack(account: string, kind: "stored-bytes" | "rooms", amount: number): void;
}

/** Accounts that are remembered: some 150 bytes each. */
const ACCOUNTS_MAX = 50_000;

const DAY_MS = 86_400_000;

interface Counts {
  day: number;
  roomsToday: number;
  rooms: number;
  bytesToday: number;
}

/** @param options.now ms since 1970 */
export function createQuotas(options: {
  bounds: QuotaBounds;
  now: () => number;
  /** Accounts. */
  remembered?: number | undefined;
}): Quotas {
  const { bounds, now, remembered = ACCOUNTS_MAX } = options;
  const accounts = new LRUCache<string, Counts>({ max: remembered });

  function countsOf(account: string): Counts {
    const day = Math.floor(now() / DAY_MS);
    let counts = accounts.get(account);
    if (!counts) accounts.set(account, (counts = { day, roomsToday: 0, rooms: 0, bytesToday: 0 }));
    if (counts.day !== day) Object.assign(counts, { day, roomsToday: 0, bytesToday: 0 });
    return counts;
  }

  function refuse(message: string): never {
    throw new ChatError("resource_exhausted", message, { details: { retryAfterMs: DAY_MS - (now() % DAY_MS) } });
  }

  return {
    spend(account, kind, amount) {
      const counts = countsOf(account);
      if (kind === "stored-bytes") {
        if (counts.bytesToday + amount > bounds.storedBytesPerDay)
          refuse("You have sent as much as one account may in a day.");
        counts.bytesToday += amount;
        return;
      }
      if (counts.roomsToday + amount > bounds.roomsPerDay || counts.rooms + amount > bounds.rooms)
        refuse("You have made as many rooms as one account may.");
      counts.roomsToday += amount;
      counts.rooms += amount;
    },
    giveBack(account, kind, amount) {
      const counts = countsOf(account);
      if (kind === "stored-bytes") {
        counts.bytesToday = Math.max(0, counts.bytesToday - amount);
        return;
      }
      counts.roomsToday = Math.max(0, counts.roomsToday - amount);
      counts.rooms = Math.max(0, counts.rooms - amount);
    },
  };
}
