import type { RequestKind } from "./limits.ts";

/** What is in use at the moment, by one address or by all. */
export interface Usage extends Record<RequestKind, number> {
  connections: number;
  /** Bytes of bodies that have begun and not ended. */
  bodyBytes: number;
}

/** The usage of one address. */
export interface AddressUsage extends Usage {
  /** Requests taken back since the window began. */
  resets: number;
  resetsSince: number;
}

/** Who uses what. */
export interface UsageTable {
  readonly total: Usage;
  /** @param key see `networkOf` */
  of(key: string): AddressUsage;
  /** Forgets addresses that use nothing and took nothing back of late. */
  forgetIdle(time: number): void;
  /** Addresses that are remembered. */
  readonly size: number;
}

export function createUsageTable(options: { resetWindowMs: number; now: () => number }): UsageTable {
  const addresses = new Map<string, AddressUsage>();
  return {
    total: nothing(),
    of(key) {
      let usage = addresses.get(key);
      if (!usage) {
        usage = { ...nothing(), resets: 0, resetsSince: options.now() };
        addresses.set(key, usage);
      }
      return usage;
    },
    forgetIdle(time) {
      for (const [key, usage] of addresses) {
        const { connections, call, stream, watch, resets, resetsSince } = usage;
        const isIdle = connections + call + stream + watch === 0;
        if (isIdle && (resets === 0 || time - resetsSince > options.resetWindowMs)) addresses.delete(key);
      }
    },
    get size() {
      return addresses.size;
    },
  };
}

function nothing(): Usage {
  return { connections: 0, bodyBytes: 0, call: 0, stream: 0, watch: 0 };
}
