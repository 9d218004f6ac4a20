/**
 * The port for what a client keeps between runs: JSON values under string keys. Adapters: `memory-storage.ts`, `file-storage.ts`,
 * `browser-storage.ts`; all pass `storage-contract.ts`. Several clients (tabs, processes) may stand on one storage: each key is
 * written whole, and no write touches another key.
 */
export interface ClientStorage {
  /** The value as last written here or told by others, or undefined. Don't change it. */
  get(key: string): unknown;
  /** Every key that begins so, sorted. */
  keys(prefix: string): readonly string[];
  /** `get` gives the value at once; resolves when it is stored for good. */
  set(key: string, value: unknown): Promise<void>;
  /** Absent is fine. */
  delete(key: string): Promise<void>;
  /** Takes in what others have written, where nobody tells. */
  sync(): Promise<void>;
  /** Tells what others change, where the platform can tell (value undefined: deleted). Returns what stops it. */
  onChange(listener: (key: string, value: unknown) => void): () => void;
  /**
   * Runs when nobody else on this storage runs under the same name (`^[a-z]+$`); waits until then. A holder that dies lets go. Not re-entrant.
   * @throws the signal's reason when it aborts while waiting; else what `run` throws
   */
  lock<T>(name: string, run: () => Promise<T>, options?: { signal?: AbortSignal }): Promise<T>;
  /**
   * Where there is a choice: whether what is written from now on outlives the browser window. What the person with this id had
   * written moves along, unless somebody is still signed in over there.
   */
  remember?(remembered: boolean, person: number): Promise<void>;
  /** Whether other clients may stand on this storage; one tab's own session does not. */
  isShared(): boolean;
  /** Resolves when everything is stored; may reject. */
  flush(): Promise<void>;
  /** Stores what is not yet stored and lets go. Never rejects. */
  close(): Promise<void>;
}

/** Where the session lives. */
export const SESSION_KEY = "session";

/** Before everything that belongs to one person. */
export function userPrefix(person: number): string {
  return `u/${person}/`;
}
