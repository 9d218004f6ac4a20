import type { Delivery, History, Operation, Page, Watch } from "./history.ts";

/** Gathers what the clients see while they see it. */
export interface Recorder {
  /** An attempt begins; its result is unknown until `settle` is called. */
  attempt(asked: Omit<Operation, "result">): { settle(result: Operation["result"]): void };
  /**
   * Begins the record of one client's stream, over all its connections.
   * @param options.continues the watch that this one resumes from stored state: together they owe nothing less than one alone
   */
  watch(client: string, user: string, options?: { continues?: WatchRecorder }): WatchRecorder;
  page(page: Page): void;
  /** A message was acknowledged so long after it was written. */
  sent(ms: number): void;
  /** Everything so far; for watches that continue one another also what they are together. */
  history(): History;
  readonly longestSendMs: number;
  /** Longest time that any client's stream was away, in ms. */
  readonly longestOutageMs: number;
}

/** The record of one client's stream. */
export interface WatchRecorder {
  readonly client: string;
  /** The stream is open. The first time, `from` is where it begins. */
  opened(from: number): void;
  delivered(delivery: Delivery): void;
  /** Told that nothing up to `seq` is still to come. */
  caughtUp(seq: number): void;
  reset(): void;
  /** The stream is away from now on, until it is next opened. */
  lost(): void;
  /** The client wants no stream any more: what it goes without is no outage. */
  ended(): void;
  /** Whether a stream is open. */
  readonly isOpen: boolean;
  /** Position up to which it is owed everything; -1 before it was first opened. */
  readonly to: number;
}

interface OpenWatch extends Watch {
  from: number;
  to: number;
  resets: number;
  readonly deliveries: Delivery[];
  readonly continues: WatchRecorder | undefined;
}

/** An empty history. @param options.now ms, for the outages */
export function createRecorder({ now }: { now: () => number }): Recorder {
  const operations: { -readonly [K in keyof Operation]: Operation[K] }[] = [];
  const watches = new Map<WatchRecorder, OpenWatch>();
  const pages: Page[] = [];
  let longestSendMs = 0;
  let longestOutageMs = 0;

  /** What a client has that keeps the newest position across its lives and passes over what it has. */
  function joined(last: OpenWatch): Watch | undefined {
    const lives = [last];
    for (let life = last; life.continues; lives.unshift(life)) {
      const before = watches.get(life.continues);
      if (!before) break;
      life = before;
    }
    if (lives.length === 1) return undefined;
    const from = lives.find((life) => life.from >= 0)?.from ?? -1;
    let newest = -1;
    const deliveries = lives
      .flatMap((life) => life.deliveries)
      .filter(({ seq }) => seq > newest && ((newest = seq), true));
    return {
      client: `${last.client} over ${lives.length} lives`,
      user: last.user,
      from,
      to: last.to,
      deliveries,
      resets: 0,
    };
  }

  return {
    attempt(asked) {
      const operation: (typeof operations)[number] = { ...asked, result: { kind: "unknown" } };
      operations.push(operation);
      return { settle: (result) => void (operation.result = result) };
    },
    watch(client, user, { continues } = {}) {
      const watch: OpenWatch = { client, user, from: -1, to: -1, resets: 0, deliveries: [], continues };
      let lostAt: number | undefined;
      let isOpen = false;
      const recorder: WatchRecorder = {
        client,
        opened(from) {
          if (watch.from < 0) watch.from = watch.to = from;
          if (lostAt !== undefined) longestOutageMs = Math.max(longestOutageMs, now() - lostAt);
          lostAt = undefined;
          isOpen = true;
        },
        delivered: (delivery) => void watch.deliveries.push(delivery),
        caughtUp(seq) {
          watch.to = Math.max(watch.to, seq);
        },
        reset: () => void watch.resets++,
        lost() {
          if (isOpen) lostAt ??= now();
          isOpen = false;
        },
        ended() {
          isOpen = false;
          lostAt = undefined;
        },
        get isOpen() {
          return isOpen;
        },
        get to() {
          return watch.to;
        },
      };
      watches.set(recorder, watch);
      return recorder;
    },
    page: (page) => void pages.push(page),
    sent(ms) {
      longestSendMs = Math.max(longestSendMs, ms);
    },
    history() {
      const all = [...watches.values()];
      const continued = new Set(all.map(({ continues }) => continues).filter((life) => life !== undefined));
      const last = [...watches].filter(([recorder]) => !continued.has(recorder)).map(([, watch]) => watch);
      const together = last.map(joined).filter((watch) => watch !== undefined);
      return {
        operations,
        watches: [...all.map(({ continues: _, ...watch }) => watch), ...together],
        pages,
      };
    },
    get longestSendMs() {
      return longestSendMs;
    },
    get longestOutageMs() {
      return longestOutageMs;
    },
  };
}
