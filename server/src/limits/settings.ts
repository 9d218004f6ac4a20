import type { QuotaBounds } from "./quotas.ts";
import type { Rate } from "./token-buckets.ts";

/** What an operator can set. */
export interface LimitSettings {
  /** Multiplies every rate and every bound of an account or an address; 0 lifts them all, for measurements. */
  readonly factor: number;
  readonly roomsPerDay: number;
  readonly rooms: number;
  readonly storedMegabytesPerDay: number;
  readonly streamsPerAccount: number;
  /** 0: no bound. */
  readonly streamsPerAddress: number;
  readonly streams: number;
}

/** The settings that a server has when it is told nothing. The README's table lists them. */
export const LIMIT_DEFAULTS: LimitSettings = {
  factor: 1,
  roomsPerDay: 50,
  rooms: 500,
  storedMegabytesPerDay: 256,
  streamsPerAccount: 64,
  streamsPerAddress: 1_000,
  streams: 20_000,
};

/** What buckets count. */
export type Resource = "calls" | "bytesIn" | "bytesOut" | "work" | "signIns";

const KB = 1024;
const MB = 1024 * 1024;

/** An account: a person with several devices, or a bot that sends some tens of messages a second. */
const ACCOUNT_RATES: Readonly<Record<Resource, Rate>> = {
  calls: { perSecond: 100, burst: 500 },
  bytesIn: { perSecond: 512 * KB, burst: 4 * MB },
  bytesOut: { perSecond: 4 * MB, burst: 32 * MB },
  work: { perSecond: 50, burst: 100 },
  signIns: { perSecond: 5, burst: 200 },
};

/** An address: an office behind one, with room for a thousand people. Sign-ins are hashed, 30 ms of a core each. */
const ADDRESS_RATES: Readonly<Record<Resource, Rate>> = {
  calls: { perSecond: 2_000, burst: 10_000 },
  bytesIn: { perSecond: 8 * MB, burst: 64 * MB },
  bytesOut: { perSecond: 64 * MB, burst: 512 * MB },
  work: { perSecond: 500, burst: 5_000 },
  signIns: { perSecond: 5, burst: 200 },
};

/** Answers that one account may leave unread: some 30 full pages. */
const UNREAD_BYTES_PER_OWNER = 8 * MB;

/** And all together. */
const UNREAD_BYTES_IN_ALL = 256 * MB;

/** Every bound of a server, worked out from its settings. */
export interface Limits {
  readonly accountRates: Readonly<Record<Resource, Rate>>;
  readonly addressRates: Readonly<Record<Resource, Rate>>;
  readonly quotas: QuotaBounds;
  readonly unreadBytesPerOwner: number;
  readonly unreadBytesInAll: number;
  readonly streamsPerAccount: number;
  readonly streamsPerAddress: number;
  readonly streams: number;
}

/** Works out the bounds. What bounds the whole server stays as it is, whatever the factor. */
export function limitsOf(settings: LimitSettings): Limits {
  const factor = settings.factor === 0 ? Infinity : settings.factor;
  const scaled = (rates: Readonly<Record<Resource, Rate>>): Readonly<Record<Resource, Rate>> => {
    const entries = Object.entries(rates).map(([resource, { perSecond, burst }]) => [
      resource,
      { perSecond: perSecond * factor, burst: burst * factor },
    ]);
    return Object.fromEntries(entries) as Readonly<Record<Resource, Rate>>;
  };
  return {
    accountRates: scaled(ACCOUNT_RATES),
    addressRates: scaled(ADDRESS_RATES),
    quotas: {
      roomsPerDay: settings.roomsPerDay * factor,
      rooms: settings.rooms * factor,
      storedBytesPerDay: settings.storedMegabytesPerDay * MB * factor,
    },
    unreadBytesPerOwner: UNREAD_BYTES_PER_OWNER * factor,
    unreadBytesInAll: UNREAD_BYTES_IN_ALL,
    streamsPerAccount: settings.streamsPerAccount * factor,
    streamsPerAddress: (settings.streamsPerAddress || Infinity) * factor,
    streams: settings.streams,
  };
}
