/** The port to the other tabs of a browser. Adapters: `browser-tabs.ts`, and a fake for tests. */
export interface Tabs {
  /**
   * Runs when this tab holds the lock of that name; others wait. A tab that closes or crashes lets go.
   * @param options.steal takes the lock from its holder, at once
   * @throws {@link LockStolen} when another tab takes it while `run` runs; the signal's reason when it aborts while waiting
   */
  lock(name: string, run: () => Promise<void>, options: { signal: AbortSignal; steal: boolean }): Promise<void>;
  /** A channel to the others of that name. What is posted arrives there in order, never here. */
  channel(name: string, onMessage: (message: unknown) => void): TabChannel;
}

export interface TabChannel {
  /** Structured-clonable. */
  post(message: unknown): void;
  close(): void;
}

/** Another tab has taken the lock. */
export class LockStolen extends Error {
  override readonly name = "LockStolen";
}
