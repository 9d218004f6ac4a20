import type { Delivery, History, Operation, Page, Sitting, Watch } from "./history.ts";
import type { SeenRow } from "./rows.ts";

/** Gathers what the clients see while they see it. */
export interface Recorder {
  /** An attempt begins; its result is unknown until `settle` is called. */
  attempt(asked: Omit<Operation, "result">): { settle(result: Operation["result"]): void };
  /**
   * Begins the record of one client's stream, over all its connections.
   * @param options.continues the watch that this one resumes from stored state
   * @param options.hasListeners whether an SDK tells of what comes
   */
  watch(
    client: string,
    user: string,
    options?: { continues?: WatchRecorder | undefined; hasListeners?: boolean },
  ): WatchRecorder;
  page(page: Page): void;
  /** A row came in an answer, or beside another row. */
  row(row: SeenRow): void;
  /** An action was acknowledged so long after it was asked for. */
  sent(ms: number): void;
  /** Everything so far. */
  history(): History;
  readonly longestSendMs: number;
  /** Longest time that any client's stream was away, in ms. */
  readonly longestOutageMs: number;
}

/** The record of one client's stream. */
export interface WatchRecorder {
  readonly client: string;
  /** The stream is open; it is owed what comes after `from`. */
  opened(from: number): void;
  /** A row came. With a position it is the last one of its event; without, more of them follow. */
  delivered(row: SeenRow, isLive: boolean, seq: number | undefined): void;
  /** Told that nothing up to `seq` is still to come. */
  caughtUp(seq: number): void;
  reset(from: number): void;
  /** The SDK told its listeners. */
  told(row: SeenRow): void;
  /** The stream is away from now on, until it is next opened. */
  lost(): void;
  /** The client wants no stream any more: what it goes without is no outage. @param isWhole nothing was still to come */
  ended(isWhole?: boolean): void;
  /** Whether a stream is open. */
  readonly isOpen: boolean;
  /** Position up to which it is owed everything; -1 before it was first opened. */
  readonly to: number;
}

type OpenSitting = { -readonly [K in keyof Sitting]: Sitting[K] } & { readonly deliveries: Delivery[] };

/** An empty history. @param options.now ms, for the outages */
export function createRecorder({ now }: { now: () => number }): Recorder {
  const operations: { -readonly [K in keyof Operation]: Operation[K] }[] = [];
  const watches: Watch[] = [];
  const pages: Page[] = [];
  const rows = new Map<string, SeenRow>();
  /** Thousands of streams get the same rows. */
  const digests = new Map<string, string>();
  let longestSendMs = 0;
  let longestOutageMs = 0;

  function shared(digest: string): string {
    const known = digests.get(digest);
    if (known === undefined) digests.set(digest, digest);
    return known ?? digest;
  }

  function watch(
    client: string,
    user: string,
    { continues, hasListeners = false }: { continues?: WatchRecorder | undefined; hasListeners?: boolean },
  ): WatchRecorder {
    const sittings: OpenSitting[] = [];
    const told: SeenRow[] = [];
    const record: { -readonly [K in keyof Watch]: Watch[K] } = {
      client,
      user,
      sittings,
      told: hasListeners ? told : undefined,
      isWhole: false,
      resets: 0,
      continues: continues && { client: continues.client, to: continues.to },
    };
    watches.push(record);
    /** Rows of an event of which more follow. */
    let begun: { row: SeenRow; isLive: boolean }[] = [];
    let lostAt: number | undefined;
    let isOpen = false;
    let to = -1;

    function sit(from: number): void {
      sittings.push({ from, caughtUpAt: -1, to: from, deliveries: [] });
      to = Math.max(to, from);
      begun = [];
    }

    return {
      client,
      opened(from) {
        sit(from);
        if (lostAt !== undefined) longestOutageMs = Math.max(longestOutageMs, now() - lostAt);
        lostAt = undefined;
        isOpen = true;
      },
      delivered(row, isLive, seq) {
        begun.push({ row: { ...row, digest: shared(row.digest) }, isLive });
        const sitting = sittings.at(-1);
        if (seq === undefined || !sitting) return;
        for (const each of begun) sitting.deliveries.push({ ...each.row, isLive: each.isLive, seq });
        begun = [];
        to = sitting.to = Math.max(sitting.to, seq);
      },
      caughtUp(seq) {
        const sitting = sittings.at(-1);
        if (!sitting) return;
        if (sitting.caughtUpAt < 0) sitting.caughtUpAt = seq;
        to = sitting.to = Math.max(sitting.to, seq);
      },
      reset(from) {
        record.resets++;
        sit(from);
      },
      told: (row) => void told.push({ ...row, digest: shared(row.digest) }),
      lost() {
        if (isOpen) lostAt ??= now();
        isOpen = false;
        begun = [];
      },
      ended(isWhole = false) {
        isOpen = false;
        lostAt = undefined;
        record.isWhole = isWhole;
      },
      get isOpen() {
        return isOpen;
      },
      get to() {
        return to;
      },
    };
  }

  return {
    attempt(asked) {
      const operation: (typeof operations)[number] = { ...asked, result: { kind: "unknown" } };
      operations.push(operation);
      return { settle: (result) => void (operation.result = result) };
    },
    watch: (client, user, options = {}) => watch(client, user, options),
    page: (page) => void pages.push(page),
    row: (row) => void rows.set(shared(`${row.key} ${row.digest}`), row),
    sent(ms) {
      longestSendMs = Math.max(longestSendMs, ms);
    },
    history: () => ({ operations, watches, pages, rows: [...rows.values()] }),
    get longestSendMs() {
      return longestSendMs;
    },
    get longestOutageMs() {
      return longestOutageMs;
    },
  };
}
