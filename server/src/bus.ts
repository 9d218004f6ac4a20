/**
 * The port for signals that nobody stores: fire and forget, at most once, to whoever listens now. Adapters:
 * `engines/<engine>/bus.ts`.
 */
export interface Bus {
  /** Sends to every subscriber of exactly this subject, on every server, this one included. Subjects: `^[a-z][a-z0-9.-]*$`. Never throws for lack of a connection. */
  publish(subject: string, data: Uint8Array): void;

  /**
   * What is published from now on. At most `limit` messages wait for the reader; past that the oldest are dropped, for a signal is
   * worth nothing late. Ends when the signal aborts or the bus closes, without an error.
   */
  subscribe(subject: string, options: { signal: AbortSignal; limit?: number }): AsyncIterable<Uint8Array>;

  /** Releases everything. Never rejects. */
  close(): Promise<void>;
}
