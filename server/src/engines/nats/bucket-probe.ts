import { PROBE_MS } from "./timing.ts";

/** Answers in a row without a bucket before it counts as gone: a node that has just been started may not know all streams yet. */
const ANSWERS = 2;

/** Asks now and then whether the buckets that this server uses are there. */
export interface BucketProbe {
  /** Which are gone, in words for the operator; undefined while none is, as far as is known. */
  failure(): string | undefined;
  /** Asks once. Never rejects. */
  ask(): Promise<void>;
  /** Stops. Never rejects. */
  close(): void;
}

/**
 * Starts the probe.
 * @param options.streams names of all streams there are
 * @param options.wanted names of the streams that have to be there
 */
export function startBucketProbe(options: {
  streams: () => Promise<ReadonlySet<string>>;
  wanted: () => readonly string[];
}): BucketProbe {
  let gone = new Map<string, number>();

  async function ask(): Promise<void> {
    try {
      const found = await options.streams();
      const missing = options.wanted().filter((name) => !found.has(name));
      gone = new Map(missing.map((name) => [name, (gone.get(name) ?? 0) + 1]));
    } catch {
      // NATS does not answer: the log's probe tells of that.
    }
  }

  const timer = setInterval(() => void ask(), PROBE_MS);
  timer.unref();
  return {
    ask,
    failure() {
      const names = [...gone].filter(([, answers]) => answers >= ANSWERS).map(([name]) => name);
      if (names.length === 0) return undefined;
      return `NATS lost ${names.join(", ")}: restore it from a backup, or restart the servers to begin with an empty one`;
    },
    close: () => clearInterval(timer),
  };
}
