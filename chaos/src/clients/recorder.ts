import type { Delivery, History, Operation, Watch } from "../history.ts";

/** Gathers what the clients see while they see it. */
export interface Recorder {
  operation(operation: Operation): void;
  /** Begins the record of one client's stream. */
  watch(client: string, user: string): WatchRecorder;
  readonly history: History;
  /** Longest time that any client's stream was away, in ms. */
  readonly longestOutageMs: number;
}

/** The record of one client. */
export interface WatchRecorder {
  /** The stream is open; the first time, `seq` is where it begins. */
  opened(seq: number): void;
  delivered(delivery: Delivery): void;
  /** Told that nothing up to `seq` is still to come. */
  caughtUp(seq: number): void;
  reset(): void;
  /** The stream is away from now on, until it is next opened. */
  lost(): void;
  /** Position up to which it is owed everything. */
  readonly to: number;
}

interface OpenWatch extends Watch {
  from: number;
  to: number;
  resets: number;
  readonly deliveries: Delivery[];
}

/** An empty history. */
export function createRecorder(options: { now: () => number }): Recorder {
  const operations: Operation[] = [];
  const watches: OpenWatch[] = [];
  let longestOutageMs = 0;
  return {
    operation: (operation) => void operations.push(operation),
    watch(client, user) {
      const watch: OpenWatch = { client, user, from: -1, to: -1, resets: 0, deliveries: [] };
      watches.push(watch);
      let lostAt: number | undefined;
      return {
        opened(seq) {
          if (watch.from < 0) watch.from = watch.to = seq;
          if (lostAt !== undefined) longestOutageMs = Math.max(longestOutageMs, options.now() - lostAt);
          lostAt = undefined;
        },
        delivered: (delivery) => void watch.deliveries.push(delivery),
        caughtUp(seq) {
          watch.to = Math.max(watch.to, seq);
        },
        reset: () => void watch.resets++,
        lost() {
          lostAt ??= options.now();
        },
        get to() {
          return watch.to;
        },
      };
    },
    history: { operations, watches },
    get longestOutageMs() {
      return longestOutageMs;
    },
  };
}
