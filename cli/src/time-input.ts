import { usageError } from "./exit-code.ts";

const UNIT_MS: Record<string, number> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/u;

/** "500ms", "10s", "5m", "2h", "7d", "1w" in milliseconds. @throws CommandError (usage) naming the option. */
export function parseDuration(text: string, option: string): number {
  const match = DURATION.exec(text);
  if (match === null) throw usageError(`${option} takes a duration such as 500ms, 10s, 5m, 2h or 7d, not "${text}".`);
  return Math.round(Number(match[1]) * (UNIT_MS[match[2] ?? ""] ?? Number.NaN));
}

/** A point in time, ms since 1970: a duration counts back from now; else what Date understands. @throws CommandError (usage) */
export function parseSince(text: string, option: string, nowMs: number): number {
  if (DURATION.test(text)) return nowMs - parseDuration(text, option);
  const at = /^\d{4}-\d{2}/u.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) {
    throw usageError(`${option} takes a time such as 2026-11-24T08:00 or a duration such as 2h, not "${text}".`);
  }
  return at;
}

/** A whole number within bounds. @throws CommandError (usage) naming the option and the bounds. */
export function parseCount(text: string, option: string, bounds: { min: number; max: number }): number {
  const value = /^\d+$/u.test(text) ? Number(text) : Number.NaN;
  if (!(value >= bounds.min && value <= bounds.max)) {
    throw usageError(`${option} takes a whole number from ${bounds.min} to ${bounds.max}, not "${text}".`);
  }
  return value;
}
