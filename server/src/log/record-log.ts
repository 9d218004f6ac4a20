/**
 * The storage port under the event log: an ordered, durable sequence of opaque records. Each engine has one adapter
 * (`engines/<engine>/record-log.ts`); group commit and the record format stand above it (`group-commit.ts`, `record-codec.ts`), the same for every engine.
 */
export interface RecordLog {
  /**
   * Names this log for good: a UUID made when the log was created. A log that was lost and made anew has another epoch, so
   * cursors of the old one are refused instead of misread.
   */
  readonly epoch: string;

  /**
   * Stores one record; resolves with its sequence once it is stored as durably as the engine promises. Callers have at most one
   * append under way per connection.
   *
   * @param id unique per record: a repeat with the same id, after an answer that never came, stores nothing twice within the
   *   engine's window (the fold drops what slips through).
   * @throws ChatError `unavailable` when the engine can't be reached or doesn't answer in time: the record may or may not have been
   *   stored. `resource_exhausted` when it is full: not stored. The signal's reason on abort: as with unavailable, unknown.
   */
  append(record: Uint8Array, options: { id: string; signal?: AbortSignal }): Promise<number>;

  /**
   * Every record with a sequence above `after` in order, then live for ever. Gaps are never skipped in silence: a sequence that
   * is missing and has no replacement (see {@link replace}) is yielded with `data: undefined`, and the reader decides.
   * Reconnects by itself and carries on without loss or repeat. Ends when the signal aborts or the log closes, without an error.
   *
   * @param options.verify called whenever the reader goes on after it lost touch with the log, before anything more is yielded. What
   *   it throws ends the reading, unless it is `unavailable`: then it is called again.
   */
  read(options: { after: number; signal: AbortSignal; verify?: () => Promise<void> }): AsyncIterable<LogRecord>;

  /**
   * One stored record, or its replacement. Undefined where there is none: beyond the end, or missing.
   * @throws ChatError `unavailable` when the engine can't be reached
   */
  get(sequence: number, options?: { signal?: AbortSignal }): Promise<Uint8Array | undefined>;

  /** Sequence of the newest record, 0 while there is none. */
  head(options?: { signal?: AbortSignal }): Promise<number>;

  /** Sequence of the oldest record still stored, `head + 1` while there is none. Anything but 1 means the log was trimmed. */
  first(options?: { signal?: AbortSignal }): Promise<number>;

  /**
   * Puts `record` in the place of a stored one, for good. Readers from then on get the replacement. For erasure and for what an operator
   * skips. The replacement carries the digest of what it replaces (`encodeReplacement`): the chain goes over that.
   */
  replace(sequence: number, record: Uint8Array): Promise<void>;

  /** Releases everything. Never rejects. Appends under way may still be stored. */
  close(): Promise<void>;
}

/** One stored record. */
export interface LogRecord {
  /** From 1, in steps of one. */
  readonly sequence: number;
  /** Undefined: the record is missing though nobody erased it. That is corruption. */
  readonly data: Uint8Array | undefined;
}
