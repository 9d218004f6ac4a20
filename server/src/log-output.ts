import { pino } from "pino";

/** Lines that may wait for a reader who stands still, in bytes. What comes then is dropped, and counted. */
const LOG_WAITING_MAX_BYTES = 4 * 1024 * 1024;

/** How long a process that ends waits for the reader of its last lines. */
const LAST_LINES_MS = 500;

/** Where log lines go. Writing never blocks and never throws. */
export interface LogOutput {
  write(line: string): void;
  /** Lines that were lost so far. */
  readonly dropped: number;
  /** Called when lines flow again, with how many were lost since it was called last. */
  onFlowing(listener: (lost: number) => void): void;
  /** Writes what waits, for {@link LAST_LINES_MS} at most. Done by itself when the process exits. */
  flush(): void;
}

/** Writes to a file descriptor in the background. @param options.fd standard output by default */
export function createLogOutput(options: { fd?: number; maxBytes?: number } = {}): LogOutput {
  const { fd = 1, maxBytes = LOG_WAITING_MAX_BYTES } = options;
  // Node makes a pipe non-blocking when it opens it as a stream: a reader who stands still then holds up no thread.
  if (fd === 1) void process.stdout;
  let flushUntil = Number.POSITIVE_INFINITY;
  let dropped = 0;
  let untold = 0;
  /** The last write failed (a full disk, for one): the next line tries again. */
  let isFailing = false;
  const listeners: ((lost: number) => void)[] = [];
  const stream = pino.destination({
    fd,
    sync: false,
    maxLength: maxBytes,
    retryEAGAIN: () => performance.now() < flushUntil,
  });
  stream.on("drop", () => {
    dropped++;
    untold++;
  });
  stream.on("error", () => {
    isFailing = true;
  });
  stream.on("drain", () => {
    isFailing = false;
    if (untold === 0) return;
    const lost = untold;
    untold = 0;
    for (const listener of listeners) listener(lost);
  });

  const flushAll = stream.flushSync.bind(stream);
  function flush(): void {
    if (isFailing) return;
    flushUntil = performance.now() + LAST_LINES_MS;
    try {
      flushAll();
    } catch {
      // Nobody reads. The process ends all the same.
    } finally {
      flushUntil = Number.POSITIVE_INFINITY;
    }
  }
  stream.flushSync = flush; // pino calls it when the process exits

  return {
    write: (line) => stream.write(line),
    get dropped() {
      return dropped;
    },
    onFlowing: (listener) => void listeners.push(listener),
    flush,
  };
}
