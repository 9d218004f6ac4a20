import { LRUCache } from "lru-cache";

/** What lines are told apart by. */
interface Subject {
  readonly address: string;
  readonly code: string;
}

/** Picks the lines that are logged. */
export interface Sampler {
  /** Whether a line about this may be logged now; otherwise it is counted. */
  admits(subject: Subject): boolean;
}

/** Subjects that are told apart at a time; the least recently seen one is told of, and forgotten. */
const SUBJECTS_MAX = 1_000;

const SECOND_MS = 1_000;

/** Lines in all are this many times those of one subject, so that many addresses write no faster than some. */
const SUBJECTS_PER_SECOND = 20;

interface Window {
  readonly subject: Subject;
  endsAt: number;
  lines: number;
  leftOut: number;
}

/**
 * Admits at most `perSecond` lines about one subject in a second, and {@link SUBJECTS_PER_SECOND} times as many in all. How many were left out is told when the next
 * line about the subject is admitted, or the subject is forgotten.
 *
 * @param options.clock ms of a clock that never goes back
 */
export function createSampler(options: {
  perSecond: number;
  clock: () => number;
  onLeftOut: (subject: Subject, leftOut: number) => void;
}): Sampler {
  const { perSecond, clock, onLeftOut } = options;
  const all: Window = { subject: { address: "all", code: "all" }, endsAt: 0, lines: 0, leftOut: 0 };
  const windows = new LRUCache<string, Window>({ max: SUBJECTS_MAX, dispose: tell });

  function tell(window: Window): void {
    if (window.leftOut > 0) onLeftOut(window.subject, window.leftOut);
    window.leftOut = 0;
  }

  /** Begins a new second where the last is over. */
  function turn(window: Window): Window {
    const time = clock();
    if (time < window.endsAt) return window;
    tell(window);
    window.endsAt = time + SECOND_MS;
    window.lines = 0;
    return window;
  }

  return {
    admits(subject) {
      turn(all);
      if (all.lines >= perSecond * SUBJECTS_PER_SECOND) {
        all.leftOut++;
        return false;
      }
      const key = `${subject.address} ${subject.code}`;
      let window = windows.get(key);
      if (!window) windows.set(key, (window = { subject, endsAt: 0, lines: 0, leftOut: 0 }));
      turn(window);
      if (window.lines >= perSecond) {
        window.leftOut++;
        return false;
      }
      window.lines++;
      all.lines++;
      return true;
    },
  };
}
