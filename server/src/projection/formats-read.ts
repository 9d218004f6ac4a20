import type { Logger } from "pino";
import type { Bus } from "../bus.ts";
import { PLATFORM_TIMERS, type Timers } from "../environment.ts";
import { RECORD_FORMAT_VERSION } from "../log/record-codec.ts";

/** The subject on which servers tell which version of the record format they read. */
export const FORMATS_SUBJECT = "chat.formats";

/** How often a server tells it. */
export const FORMAT_ANNOUNCE_MS = 5_000;

/** A server that has told nothing for so long is gone. */
const SILENT_MS = 6 * FORMAT_ANNOUNCE_MS;

/** So long a server listens before it takes it that it has heard every other one. */
const LISTEN_MS = 2 * FORMAT_ANNOUNCE_MS;

/** The first version of the record format there is: all servers read it. */
const FIRST_FORMAT = 1;

/** What a server tells. */
interface Announcement {
  readonly server: string;
  readonly reads: number;
}

/** What the servers that run now read. */
export interface FormatsRead {
  /** The highest version of the record format that every one of them reads. */
  byAll(): number;
  /** Stops. Never rejects. */
  close(): void;
}

/**
 * Tells the other servers which version of the record format this one reads, and hears it from them, so that two neighbouring releases run side by side:
 * nothing is written that one of them can't read.
 * @param options.reads what this release reads, unless told otherwise
 * @param options.isAlone no other server can be on this bus: there is nobody to wait for
 */
export function watchFormats(options: {
  bus: Bus;
  server: string;
  reads?: number;
  isAlone: boolean;
  logger: Logger;
  now: () => number;
  timers?: Timers;
}): FormatsRead {
  const { bus, server, reads = RECORD_FORMAT_VERSION, isAlone, logger, now, timers = PLATFORM_TIMERS } = options;
  const startedAt = now();
  const stop = new AbortController();
  const others = new Map<string, { reads: number; at: number }>();

  async function listen(): Promise<void> {
    for await (const data of bus.subscribe(FORMATS_SUBJECT, { signal: stop.signal })) {
      const told = parse(data);
      if (told && told.server !== server) others.set(told.server, { reads: told.reads, at: now() });
    }
  }
  listen().catch((error: unknown) => logger.error({ err: error }, "what other servers read can't be heard"));

  function tell(): void {
    bus.publish(FORMATS_SUBJECT, Buffer.from(JSON.stringify({ server, reads } satisfies Announcement)));
    for (const [other, { at }] of others) if (now() - at > SILENT_MS) others.delete(other);
  }
  tell();
  const timer = timers.setInterval(tell, FORMAT_ANNOUNCE_MS);

  return {
    byAll() {
      if (!isAlone && now() - startedAt < LISTEN_MS) return FIRST_FORMAT;
      return Math.min(reads, ...others.values().map((other) => other.reads));
    },
    close() {
      stop.abort();
      timers.clearInterval(timer);
    },
  };
}

function parse(data: Uint8Array): Announcement | undefined {
  try {
    const { server, reads } = JSON.parse(Buffer.from(data).toString()) as Partial<Announcement>;
    return typeof server === "string" && Number.isSafeInteger(reads) ? { server, reads: Number(reads) } : undefined;
  } catch {
    // Not ours: anybody may publish on a bus.
    return undefined;
  }
}
