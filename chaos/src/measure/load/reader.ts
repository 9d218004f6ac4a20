import { monotonicMs } from "../figures.ts";
import type { RawFrame } from "./frames.ts";
import { openRawStream, type Protocol, type RawStream } from "./raw-stream.ts";

/** As the SDK's feed: the first try after a good stream at once, then a random time up to a bound that doubles. */
const RETRY_BASE_MS = 500;
const RETRY_CAP_MS = 30_000;

/** What one connection of a reader came to. Times by the monotonic clock. */
export interface Sitting {
  readonly askedAt: number;
  /** When the first frame came; undefined if none did. */
  readyAt: number | undefined;
  /** When everything up to then had come. */
  caughtUpAt: number | undefined;
  /** Events before that. */
  replayed: number;
  /** Bytes before that, headers and all. */
  replayedBytes: number;
  endedBy: string | undefined;
}

/** A client without SDK: keeps a cursor, comes back when its stream ends, writes down all it gets and drops nothing. */
export interface Reader {
  /** Seqs of all events as they came, with the times. */
  readonly seqs: readonly number[];
  readonly times: readonly number[];
  /** Events that came again or out of order, and resets. */
  readonly faults: number;
  readonly sittings: readonly Sitting[];
  readonly isLive: boolean;
  /** Bytes of the connection that is open. */
  readonly bytesRead: number;
  stall(): void;
  resume(): void;
  /** Cuts the connection; comes back to this server after this long. Returns false, and does nothing, while there is none. */
  cut(url: string, backInMs: number): boolean;
  /** Cuts the connection and stays away. */
  close(): void;
}

/** Starts a reader. @param options.token asked for with each connection */
export function startReader(options: { url: string; token: () => string; protocol: Protocol }): Reader {
  const { token, protocol } = options;
  let { url } = options;
  let cursor = "";
  let taken: number | undefined;
  let stream: RawStream | undefined;
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  let faults = 0;
  let isLive = false;
  const seqs: number[] = [];
  const times: number[] = [];
  const sittings: Sitting[] = [];

  function take(frame: RawFrame, sitting: Sitting): void {
    const now = monotonicMs();
    sitting.readyAt ??= now;
    // In the middle of an event there is none: the event comes with its last row.
    if (frame.cursor === "") return;
    ({ cursor } = frame);
    switch (frame.kind) {
      case "ready":
        taken ??= frame.seq;
        failures = 0;
        return;
      case "row":
        if (taken === undefined || frame.seq <= taken) faults++;
        else taken = frame.seq;
        seqs.push(frame.seq);
        times.push(now);
        if (sitting.caughtUpAt === undefined) sitting.replayed++;
        return;
      case "heartbeat":
        taken = Math.max(taken ?? 0, frame.seq);
        isLive = true;
        if (sitting.caughtUpAt === undefined) {
          sitting.caughtUpAt = now;
          sitting.replayedBytes = stream?.bytesRead ?? 0;
        }
        return;
      case "reset":
        faults++;
        return;
      case "other":
        return;
    }
  }

  function open(): void {
    const sitting: Sitting = {
      askedAt: monotonicMs(),
      readyAt: undefined,
      caughtUpAt: undefined,
      replayed: 0,
      replayedBytes: 0,
      endedBy: undefined,
    };
    sittings.push(sitting);
    stream = openRawStream({
      url,
      token: token(),
      protocol,
      cursor,
      onFrame: (frame) => take(frame, sitting),
      onEnd(reason) {
        sitting.endedBy = reason;
        isLive = false;
        const bound = Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** failures);
        comeBack(sitting.readyAt === undefined ? Math.random() * bound : 0);
        failures++;
      },
    });
  }

  function comeBack(afterMs: number): void {
    clearTimeout(timer);
    timer = setTimeout(open, afterMs);
  }

  function leave(): void {
    clearTimeout(timer);
    stream?.cut();
    isLive = false;
    const sitting = sittings.at(-1);
    if (sitting) sitting.endedBy ??= "cut";
  }

  open();
  return {
    seqs,
    times,
    sittings,
    get faults() {
      return faults;
    },
    get isLive() {
      return isLive;
    },
    get bytesRead() {
      return stream?.bytesRead ?? 0;
    },
    stall: () => stream?.stall(),
    resume: () => stream?.resume(),
    cut(to, backInMs) {
      if (sittings.at(-1)?.endedBy !== undefined) return false;
      leave();
      url = to;
      comeBack(backInMs);
      return true;
    },
    close: leave,
  };
}
