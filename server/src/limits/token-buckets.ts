import { LRUCache } from "lru-cache";

/** How fast a bucket fills, and how much it holds. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Several token buckets (leaky buckets as meters, ITU-T I.371) for each of many holders. */
export interface TokenBuckets<Resource extends string> {
  /** The buckets of one holder as they stand now, full where it was not seen before, or long ago. Ask again for each call: they fill when they are asked for. */
  of(key: string): Holder<Resource>;
  /** Holders that are remembered. */
  readonly size: number;
}

/** The buckets of one holder. */
export interface Holder<Resource extends string> {
  /** Whether anything is left of a resource: 0, or how many milliseconds it takes until there is. */
  waitMs(resource: Resource): number;
  /** Takes from a bucket, past empty where need be: what an answer costs is known only when it is there. The debt is waited for. */
  take(resource: Resource, amount: number): void;
}

/**
 * Makes buckets. At most `maxHolders` are remembered, the least recently seen ones are forgotten: an attacker with that many addresses or accounts
 * gets full buckets, and needs them all for it.
 * @param options.now ms of a clock that never goes back
 */
export function createTokenBuckets<Resource extends string>(options: {
  rates: Readonly<Record<Resource, Rate>>;
  maxHolders: number;
  now: () => number;
}): TokenBuckets<Resource> {
  const { rates, now } = options;
  const names = Object.keys(rates) as Resource[];
  const list = names.map((name) => rates[name]);
  const index = Object.fromEntries(names.map((name, at) => [name, at])) as Readonly<Record<Resource, number>>;
  const perMs = Float64Array.from(list, ({ perSecond }) => perSecond / 1_000);
  const bursts = Float64Array.from(list, ({ burst }) => burst);
  const holders = new LRUCache<string, Buckets>({ max: options.maxHolders });

  /** Level and time of the last look, for each resource. */
  class Buckets implements Holder<Resource> {
    readonly #levels = bursts.slice();
    #filledAt: number;

    constructor(time: number) {
      this.#filledAt = time;
    }

    fill(time: number): void {
      const passed = time - this.#filledAt;
      if (passed <= 0) return;
      this.#filledAt = time;
      for (let at = 0; at < bursts.length; at++) {
        this.#levels[at] = Math.min(bursts[at] ?? 0, (this.#levels[at] ?? 0) + passed * (perMs[at] ?? 0));
      }
    }

    waitMs(resource: Resource): number {
      const at = index[resource];
      const level = this.#levels[at] ?? 0;
      return level > 0 ? 0 : Math.ceil(-level / (perMs[at] ?? 1)) + 1;
    }

    take(resource: Resource, amount: number): void {
      const at = index[resource];
      this.#levels[at] = (this.#levels[at] ?? 0) - amount;
    }
  }

  return {
    of(key) {
      const time = now();
      let holder = holders.get(key);
      if (!holder) holders.set(key, (holder = new Buckets(time)));
      holder.fill(time);
      return holder;
    },
    get size() {
      return holders.size;
    },
  };
}
