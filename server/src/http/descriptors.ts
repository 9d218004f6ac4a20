import { readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { CONNECTIONS_MAX } from "./limits.ts";

/** Descriptors the process may open where the system does not say: the usual limit of a shell. */
const UNKNOWN_LIMIT = 1_024;

/** Descriptors that no connection gets: files, the log, NATS, the reading of files, and a fifth of all for what nobody thought of. */
const KEPT_FOR_FILES = 64;
const SHARE_FOR_CONNECTIONS = 0.8;

/** With so few descriptors left a server asks to be sent no more work. */
const SHORT_OF = 32;
const LOOK_MS = 2_000;

/** How many descriptors this process may have open (RLIMIT_NOFILE, which Node raises to the hard limit when it starts). */
export function descriptorLimit(): number {
  try {
    const limits = readFileSync("/proc/self/limits", "latin1");
    const [, soft] = /^Max open files\s+(\S+)/m.exec(limits) ?? [];
    if (soft === "unlimited") return Infinity;
    return Number(soft) || UNKNOWN_LIMIT;
  } catch {
    return UNKNOWN_LIMIT; // no Linux
  }
}

/** How many connections leave enough descriptors for everything else. @param limit as {@link descriptorLimit} tells it */
export function connectionsFor(limit: number): number {
  return Math.max(16, Math.min(CONNECTIONS_MAX, Math.floor(limit * SHARE_FOR_CONNECTIONS) - KEPT_FOR_FILES));
}

/** Tells when descriptors run short. */
export interface DescriptorWatch {
  /** Undefined while there are enough, else a reason for `/readyz`. */
  shortage(): string | undefined;
  /** Looks once. Never rejects. */
  look(): Promise<void>;
  close(): void;
}

/** Looks now and then: the system gives out the lowest number that is free, so the number of a descriptor that was just opened tells how many there are. */
export function watchDescriptors(limit: number): DescriptorWatch {
  let reason: string | undefined;
  async function look(): Promise<void> {
    try {
      const file = await open("/dev/null");
      const lowestFree = file.fd;
      await file.close();
      reason = lowestFree >= limit - SHORT_OF ? `file descriptors run short: ${lowestFree} of ${limit}` : undefined;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      reason = code === "EMFILE" || code === "ENFILE" ? "file descriptors have run out" : undefined;
    }
  }
  const timer = setInterval(() => void look(), LOOK_MS).unref();
  return { shortage: () => reason, look, close: () => clearInterval(timer) };
}
