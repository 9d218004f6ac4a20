/** How times are written. All take ms since 1970; `timeZone` and `locale` default to the reader's own. */
export interface TimeFormat {
  /** "14:05" */
  clock(at: number): string;
  /** "Today", "Yesterday", "Monday", "12 May", "12 May 2024": the shortest that is clear. */
  day(at: number, now: number): string;
  /** For lists: the clock today, else the day in short. */
  brief(at: number, now: number): string;
  /** "Monday, 12 May 2025 at 14:05:33" */
  absolute(at: number): string;
  /** The same for two times of one local day. */
  dayKey(at: number): string;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const WEEKDAY_WITHIN_DAYS = 6;

/** Makes the formats once: Intl formatters are costly to create and cheap to call. */
export function createTimeFormat(options: { locale?: string; timeZone?: string } = {}): TimeFormat {
  const zone = options.timeZone === undefined ? {} : { timeZone: options.timeZone };
  const format = (parts: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(options.locale, { ...parts, ...zone });
  const clockFormat = format({ hour: "numeric", minute: "2-digit" });
  const absoluteFormat = format({ dateStyle: "full", timeStyle: "medium" });
  const weekday = format({ weekday: "long" });
  const shortWeekday = format({ weekday: "short" });
  const dayMonth = format({ day: "numeric", month: "long" });
  const shortDayMonth = format({ day: "numeric", month: "short" });
  const fullDate = format({ day: "numeric", month: "long", year: "numeric" });
  const shortDate = format({ day: "numeric", month: "short", year: "numeric" });
  const calendar = new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit", ...zone });
  const dayKey = (at: number) => calendar.format(at);
  const daysBetween = (at: number, now: number) =>
    Math.round((Date.parse(dayKey(now)) - Date.parse(dayKey(at))) / DAY_MS);
  const sameYear = (at: number, now: number) => dayKey(at).slice(0, 4) === dayKey(now).slice(0, 4);
  const relative = new Intl.RelativeTimeFormat(options.locale, { numeric: "auto" });

  return {
    clock: (at) => clockFormat.format(at),
    absolute: (at) => absoluteFormat.format(at),
    dayKey,
    day(at, now) {
      const days = daysBetween(at, now);
      if (days === 0 || days === 1) return capital(relative.format(-days, "day"));
      if (days > 1 && days <= WEEKDAY_WITHIN_DAYS) return weekday.format(at);
      return (sameYear(at, now) ? dayMonth : fullDate).format(at);
    },
    brief(at, now) {
      const days = daysBetween(at, now);
      if (days === 0) return clockFormat.format(at);
      if (days === 1) return capital(relative.format(-1, "day"));
      if (days > 1 && days <= WEEKDAY_WITHIN_DAYS) return shortWeekday.format(at);
      return (sameYear(at, now) ? shortDayMonth : shortDate).format(at);
    },
  };
}

function capital(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
