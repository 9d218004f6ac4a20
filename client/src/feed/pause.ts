import type { Timers } from "../environment.ts";

/** A wait that can be cut short. */
export interface Pause {
  /** Resolves after this time, or when it is ended. One wait at a time. */
  wait(delayMs: number): Promise<void>;
  end(): void;
}

export function createPause(timers: Timers): Pause {
  let end = (): void => {};
  return {
    wait: (delayMs) =>
      new Promise((resolve) => {
        const timer = timers.setTimeout(() => end(), delayMs);
        end = () => {
          timers.clearTimeout(timer);
          end = () => {};
          resolve();
        };
      }),
    end: () => end(),
  };
}
