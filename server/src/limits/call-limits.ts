import { delay, PLATFORM_TIMERS, type Timers } from "../environment.ts";
import { ChatError } from "../errors.ts";
import type { NodeResponse } from "../wire/node-http.ts";
import type { CallCost } from "./call-cost.ts";
import { networkOf } from "./network.ts";
import { createQuotas, type Quotas } from "./quotas.ts";
import type { Limits, Resource } from "./settings.ts";
import { createTokenBuckets, type Holder } from "./token-buckets.ts";
import { createUnreadAnswers, type UnreadAnswers } from "./unread-answers.ts";
import { createWorkTurns, type WorkTurns } from "./work-turns.ts";

/** Accounts and addresses whose buckets are remembered: some 300 bytes each. */
const ACCOUNTS_MAX = 20_000;
const ADDRESSES_MAX = 20_000;

/** Bounds the work that accounts and addresses can make. */
export interface CallLimits {
  /**
   * Takes a call in, before anything of it is looked at.
   * @throws ChatError `resource_exhausted` with `retryAfterMs` where the address has had enough.
   */
  arrive(address: string, cost: CallCost): Admission;
  /**
   * Does a piece of long work of a stream: when its account has not had too much done of late, and in turn with other long work.
   * Its time is counted as the account's. @param piece ends without waiting for anything
   */
  doWork<T>(account: string, piece: () => T): Promise<T>;
  /** Bytes of answers that their readers have not taken yet. */
  readonly unreadBytes: number;
}

/** A call on its way through the limits. */
export interface Admission {
  /** When it is known who calls, and before the body is read. @throws ChatError `resource_exhausted` with `retryAfterMs` */
  admit(account: string | undefined): void;
  /** When the body is there, in bytes as they were sent. */
  received(bytes: number): void;
  /** Before the handler runs. @throws ChatError `resource_exhausted` while too much is unread, or a quota is used up */
  begin(messageBytes: number): void;
  /** Before the handler of a call that is long work: resolves when it has its turn. */
  turn(): Promise<void>;
  /** When the handler has failed after `begin`. */
  failed(): void;
  /** When the answer has been written. */
  answered(bytes: number, response: NodeResponse): void;
}

/**
 * @param options.clock ms of a clock that never goes back
 * @param options.now ms since 1970
 * @param options.remembered accounts and addresses, of each; {@link ACCOUNTS_MAX} and {@link ADDRESSES_MAX} by default
 */
export function createCallLimits(options: {
  limits: Limits;
  clock: () => number;
  now: () => number;
  remembered?: number | undefined;
  timers?: Timers;
}): CallLimits {
  const { limits, clock, now, remembered, timers = PLATFORM_TIMERS } = options;
  const turns = createWorkTurns({ clock, setImmediate: (run) => void timers.setImmediate(run) });
  const accounts = createTokenBuckets({
    rates: limits.accountRates,
    maxHolders: remembered ?? ACCOUNTS_MAX,
    now: clock,
  });
  const addresses = createTokenBuckets({
    rates: limits.addressRates,
    maxHolders: remembered ?? ADDRESSES_MAX,
    now: clock,
  });
  const quotas = createQuotas({ bounds: limits.quotas, now, remembered });
  const unread = createUnreadAnswers({
    bytesPerOwner: limits.unreadBytesPerOwner,
    bytesInAll: limits.unreadBytesInAll,
  });
  const shared = { quotas, unread, turns, accountOf: (account: string) => accounts.of(account) };

  return {
    arrive(address, cost) {
      const network = networkOf(address);
      const holder = addresses.of(network);
      pay(holder, cost, "address");
      return new CallAdmission(shared, network, holder, cost);
    },
    async doWork(account, piece) {
      for (let waitMs = 1; waitMs > 0;) {
        await turns.next(account);
        // Others of the account may have had their turns meanwhile.
        waitMs = accounts.of(account).waitMs("work");
        if (waitMs > 0) await delay(timers, waitMs);
      }
      const beganAt = clock();
      try {
        return piece();
      } finally {
        accounts.of(account).take("work", clock() - beganAt);
      }
    },
    get unreadBytes() {
      return unread.bytes;
    },
  };
}

interface Shared {
  readonly quotas: Quotas;
  readonly unread: UnreadAnswers;
  readonly turns: WorkTurns;
  readonly accountOf: (account: string) => Holder<Resource>;
}

class CallAdmission implements Admission {
  readonly #shared: Shared;
  readonly #network: string;
  readonly #address: Holder<Resource>;
  readonly #cost: CallCost;
  #name: string | undefined;
  #account: Holder<Resource> | undefined;
  #spent = 0;

  constructor(shared: Shared, network: string, address: Holder<Resource>, cost: CallCost) {
    this.#shared = shared;
    this.#network = network;
    this.#address = address;
    this.#cost = cost;
  }

  admit(account: string | undefined): void {
    if (account === undefined) return;
    this.#name = account;
    this.#account = this.#shared.accountOf(account);
    pay(this.#account, this.#cost, "account");
  }

  received(bytes: number): void {
    this.#address.take("bytesIn", bytes);
    this.#account?.take("bytesIn", bytes);
  }

  begin(messageBytes: number): void {
    this.#shared.unread.assertRoom(this.#name ?? this.#network);
    const { quota } = this.#cost;
    if (quota === undefined || this.#name === undefined) return;
    const amount = quota === "rooms" ? 1 : messageBytes;
    this.#shared.quotas.spend(this.#name, quota, amount);
    this.#spent = amount;
  }

  turn(): Promise<void> {
    return this.#shared.turns.next(this.#name ?? this.#network);
  }

  failed(): void {
    const { quota } = this.#cost;
    if (this.#spent === 0 || quota === undefined || this.#name === undefined) return;
    this.#shared.quotas.giveBack(this.#name, quota, this.#spent);
    this.#spent = 0;
  }

  answered(bytes: number, response: NodeResponse): void {
    const work = bytes * (this.#cost.workPerByte ?? 0);
    for (const holder of this.#account ? [this.#account, this.#address] : [this.#address]) {
      holder.take("bytesOut", bytes);
      if (work > 0) holder.take("work", work);
    }
    this.#shared.unread.hold(this.#name ?? this.#network, bytes, response);
  }
}

/** Takes what a call costs at once. Only calls that read are held to what was read before: sending stays possible. */
function pay(holder: Holder<Resource>, cost: CallCost, whose: "account" | "address"): void {
  const waitMs = Math.max(
    holder.waitMs("calls"),
    holder.waitMs("bytesIn"),
    cost.work > 0 ? Math.max(holder.waitMs("work"), holder.waitMs("bytesOut")) : 0,
    cost.signIns === undefined ? 0 : holder.waitMs("signIns"),
  );
  if (waitMs > 0) {
    throw new ChatError("resource_exhausted", `Too much at once from this ${whose}. Try again in a moment.`, {
      details: { retryAfterMs: waitMs },
    });
  }
  holder.take("calls", 1);
  if (cost.work > 0) holder.take("work", cost.work);
  if (cost.signIns !== undefined) holder.take("signIns", cost.signIns);
}
