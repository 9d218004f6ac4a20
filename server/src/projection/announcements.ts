import type { Logger } from "pino";
import type { Bus } from "../bus.ts";
import { PLATFORM_TIMERS, type Timers } from "../environment.ts";

/** How often a server tells the others what it has to tell. */
export const ANNOUNCE_MS = 5_000;

/** A server that has told nothing for so long is gone: nothing is known of it any more. */
export const SILENT_MS = 6 * ANNOUNCE_MS;

/** Servers that are remembered; past that those that have told nothing for longest are forgotten. Anybody may publish on a bus. */
export const SERVERS_MAX = 1_000;

/** What servers tell each other on one subject, again and again. */
export interface Announcements<T> {
  /** What each of the other servers told last, by server, the one unheard for longest first. */
  heard(): Iterable<readonly [server: string, told: T]>;
  /** Stops. Never rejects. */
  close(): void;
}

/**
 * Tells the other servers something at once and then every {@link ANNOUNCE_MS}, and hears them.
 * @param options.tell what this server has to tell now, a JSON object; undefined: nothing yet
 * @param options.parse what of an announcement is kept; undefined: it is none of ours
 * @param options.onHeard told of each announcement that is kept
 * @param options.onTold called after each turn of telling, when those that are gone have been forgotten
 */
export function startAnnouncements<T>(options: {
  bus: Bus;
  subject: string;
  server: string;
  logger: Logger;
  now: () => number;
  tell: () => object | undefined;
  parse: (told: Readonly<Record<string, unknown>>) => T | undefined;
  onHeard?: (server: string, told: T) => void;
  onTold?: () => void;
  timers?: Timers;
}): Announcements<T> {
  const { bus, subject, server, logger, now, timers = PLATFORM_TIMERS } = options;
  const stop = new AbortController();
  /** The one unheard for longest first. */
  const others = new Map<string, { readonly told: T; readonly at: number }>();

  function forgetGone(): void {
    for (const [other, { at }] of others) {
      if (others.size <= SERVERS_MAX && now() - at <= SILENT_MS) return;
      others.delete(other);
    }
  }

  function hear(data: Uint8Array): void {
    const value = parseObject(data);
    const other = value?.server;
    if (typeof other !== "string" || other === server) return;
    const told = options.parse(value ?? {});
    if (told === undefined) return;
    others.delete(other);
    others.set(other, { told, at: now() });
    forgetGone();
    options.onHeard?.(other, told);
  }

  async function listen(): Promise<void> {
    for await (const data of bus.subscribe(subject, { signal: stop.signal })) hear(data);
  }
  listen().catch((error: unknown) => logger.error({ err: error, subject }, "other servers can't be heard"));

  function tell(): void {
    const told = options.tell();
    if (told) bus.publish(subject, Buffer.from(JSON.stringify({ server, ...told })));
    forgetGone();
    options.onTold?.();
  }
  tell();
  const timer = timers.setInterval(tell, ANNOUNCE_MS);

  return {
    *heard() {
      for (const [other, { told }] of others) yield [other, told] as const;
    },
    close() {
      stop.abort();
      timers.clearInterval(timer);
    },
  };
}

function parseObject(data: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(data).toString());
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // Not ours: anybody may publish on a bus.
    return undefined;
  }
}
