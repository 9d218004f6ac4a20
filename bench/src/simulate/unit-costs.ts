import type { Recorded } from "../report/record.ts";
import { spreadOfMetric } from "../report/summary.ts";

/** What one unit of each kind of work costs one server. Times are CPU µs. */
export interface UnitCosts {
  /** Taking a message: call, rules, storing, applying, answering, one delivery. */
  readonly sendUs: number;
  /** Applying an event that another server took. */
  readonly applyUs: number;
  /** Writing a message to one more stream. */
  readonly deliverUs: number;
  /** Keeping a stream for a second: heartbeats. */
  readonly streamUsPerSecond: number;
  readonly streamBytes: number;
  /** Resident memory of a server without streams. */
  readonly serverBytes: number;
  /** NATS's own: storing a message in a record that it shares with others. */
  readonly natsStoreUs: number;
  /** NATS's own, and a gateway's: passing a message on to one more subscriber. */
  readonly natsPassUs: number;
  /** What rebuilding reads. */
  readonly rebuildPerSecond: number;
}

/** A cost, and where it comes from. */
export interface Sourced {
  readonly value: number;
  readonly source: string;
}

interface Origin {
  /** Where nothing is on record. */
  readonly assumed: number;
  readonly why: string;
  readonly scenario?: string;
  read?(record: Recorded): number | undefined;
}

function median(record: Recorded, contender: string, variant: string, metric: string): number | undefined {
  return spreadOfMetric(record.samples, { contender, variant }, metric)?.median;
}

const ORIGINS: Readonly<Record<keyof UnitCosts, Origin>> = {
  sendUs: {
    assumed: 150,
    why: "assumed",
    scenario: "direct",
    read: (record) => median(record, "ours nats grpc-web", "", "CPU µs per message"),
  },
  applyUs: {
    assumed: 40,
    why: "assumed",
    scenario: "servers",
    read(record) {
      const metric = "CPU µs per message, servers";
      const one = median(record, "1 server", "64 senders each", metric);
      const three = median(record, "3 servers", "64 senders each", metric);
      // Two more servers applied what the first would have applied alone.
      return one === undefined || three === undefined ? undefined : Math.max(1, (three - one) / 2);
    },
  },
  deliverUs: {
    assumed: 12,
    why: "assumed",
    scenario: "fan-out",
    read: (record) => median(record, "ours nats grpc-web", "1 message a turn", "CPU µs per delivery"),
  },
  streamUsPerSecond: {
    assumed: 4,
    why: "assumed",
    scenario: "idle",
    read: (record) => median(record, "ours embedded grpc-web", "4000 streams", "CPU µs per stream and second"),
  },
  streamBytes: {
    assumed: 35_000,
    why: "assumed",
    scenario: "idle",
    read: (record) => scaled(median(record, "ours embedded grpc-web", "4000 streams", "resident KB per stream"), 1_000),
  },
  serverBytes: { assumed: 130e6, why: "resident memory of a server that has just started" },
  natsStoreUs: {
    assumed: 10,
    why: "assumed",
    scenario: "direct",
    read: (record) => median(record, "ours nats grpc-web", "", "NATS CPU µs per message"),
  },
  natsPassUs: {
    assumed: 5,
    why: "core NATS passes about 290,000 messages a second with publisher and subscriber on one machine",
  },
  rebuildPerSecond: {
    assumed: 40_000,
    why: "assumed",
    scenario: "rebuild",
    read: (record) => median(record, "1,000,000 messages", "rebuild", "events/s"),
  },
};

/** Names of all costs, in the order of the document. */
export const COST_NAMES = Object.keys(ORIGINS) as (keyof UnitCosts)[];

/** Takes what is on record, and what is assumed where nothing is. */
export function unitCosts(records: readonly Recorded[]): Record<keyof UnitCosts, Sourced> {
  const entries = COST_NAMES.map((name) => {
    const { assumed, why, scenario, read } = ORIGINS[name];
    const record = records.find((one) => one.scenario === scenario);
    const measured = record && read?.(record);
    const sourced: Sourced =
      measured === undefined
        ? { value: assumed, source: why }
        : { value: measured, source: `measured, scenario \`${scenario ?? ""}\`` };
    return [name, sourced] as const;
  });
  return Object.fromEntries(entries) as Record<keyof UnitCosts, Sourced>;
}

function scaled(value: number | undefined, factor: number): number | undefined {
  return value === undefined ? undefined : value * factor;
}
