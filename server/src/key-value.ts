/** A value that survives JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * The port for facts that are state and not history (accounts, sessions, keys): named buckets of JSON values with
 * compare-and-set and watch. Adapters: `engines/<engine>/key-value.ts`.
 */
export interface KeyValueStore {
  /** The bucket of that name (`^[a-z][a-z-]{0,31}$`), made if it is missing. */
  bucket(name: string): Promise<KeyValue>;
  /** Releases everything. Never rejects. Watches end. */
  close(): Promise<void>;
}

/** One bucket. Keys are any non-empty strings of at most 512 UTF-8 bytes; no two different keys ever meet. */
export interface KeyValue {
  /** The entry, or undefined where there is none. Sees every write that was answered before, on any server. */
  get(key: string): Promise<KeyValueEntry | undefined>;

  /** Stores a value under a key that has none. Resolves with its revision. @throws ChatError `already_exists` */
  create(key: string, value: Json): Promise<number>;

  /** Replaces the value at `revision`. Resolves with the new revision. @throws ChatError `aborted` when it has changed since. */
  update(key: string, value: Json, revision: number): Promise<number>;

  /** Removes the entry; only at `revision` where one is given. Absent is fine. @throws ChatError `aborted` when it has changed since. */
  delete(key: string, revision?: number): Promise<void>;

  /**
   * Removes the entry at `revision`, and its bytes from the disks: for what people may ask to be gone. A watch need not be told. Absent is fine.
   * @throws ChatError `aborted` when it has changed since
   */
  erase(key: string, revision: number): Promise<void>;

  /**
   * The bucket as it is, entry by entry, then `{ state: "current" }`, then every change in order, for ever. After a lost connection it goes
   * on by itself; changes in between arrive (only the last one of a key may), none is lost. Ends when the signal aborts or the
   * store closes, without an error.
   */
  watch(options: { signal: AbortSignal }): AsyncIterable<KeyValueChange>;
}

/** A stored value. */
export interface KeyValueEntry {
  readonly key: string;
  readonly value: Json;
  /** Grows with every write to the bucket. */
  readonly revision: number;
}

/** What a watch tells. */
export type KeyValueChange =
  | ({ readonly state: "set" } & KeyValueEntry)
  | { readonly state: "deleted"; readonly key: string }
  | { readonly state: "current" };
