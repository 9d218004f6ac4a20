import type { Logger } from "pino";
import type { Bus } from "../bus.ts";
import { PLATFORM_TIMERS, type Timers } from "../environment.ts";
import { FIRST_FORMAT, RECORD_FORMAT_VERSION } from "../log/record-format.ts";
import { ANNOUNCE_MS, startAnnouncements } from "./announcements.ts";

/** The subject on which servers tell which version of the record format they read. */
export const FORMATS_SUBJECT = "chat.formats";

/** So long a server listens before it takes it that it has heard every other one. */
const LISTEN_MS = 2 * ANNOUNCE_MS;

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
  const announcements = startAnnouncements({
    bus,
    subject: FORMATS_SUBJECT,
    server,
    logger,
    now,
    timers,
    tell: () => ({ reads }),
    parse: (told) => (Number.isSafeInteger(told.reads) ? Number(told.reads) : undefined),
  });

  return {
    byAll() {
      if (!isAlone && now() - startedAt < LISTEN_MS) return FIRST_FORMAT;
      let lowest = reads;
      for (const [, theirs] of announcements.heard()) lowest = Math.min(lowest, theirs);
      return lowest;
    },
    close: () => announcements.close(),
  };
}
